import { fileURLToPath } from "node:url";

/** Folder of the state that runs make, `.assay` in this project. */
export const STATE_ROOT: string = fileURLToPath(new URL("../../../.assay", import.meta.url));
