/**
 * Unicode NFKC that keeps numbers apart: plain NFKC makes `52` of `5²` and `11⁄2` of `1½`; here they are `5^2`
 * and `1 1/2`. Hyphens, minus signs, and en dashes before a digit become `-`.
 */
export function foldCharacters(text: string): string {
  return text
    .replace(/(?<=\d)[¹²³⁰⁴-⁻]+/g, "^$&")
    .replace(/(?<=\d)[¼-¾⅐-⅞↉]/g, " $&")
    .normalize("NFKC")
    .replace(/\u2044/g, "/")
    .replace(/[\u2010\u2212]|\u2013(?=\d)/g, "-");
}
