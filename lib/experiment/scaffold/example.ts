/** The cases that a new task starts with when it is not made from data: one of each kind of field. */
export const EXAMPLE_CSV = `id,message,topic,item,wants_reply,coverage,split,note
m1,The lamp came a day early and looks better than in the photo.,product,lamp,false,common,train,
m2,My kettle leaks at the spout. Where can I send it?,product,kettle,true,common,dev,
m3,"Nobody picked up the phone for twenty minutes. Call me back, please.",service,,true,common,test,names no item
m4,"Wonderful, an umbrella that lets the rain in. No need to answer.",product,umbrella,false,edge,test,irony
`;

/** Output columns of {@linkcode EXAMPLE_CSV}. */
export const EXAMPLE_OUTPUTS: readonly string[] = ["topic", "item", "wants_reply"];
