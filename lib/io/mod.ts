/**
 * Files and text: strict reading, durable and atomic writing, canonical JSON and digests.
 *
 * @module
 */
export { atomicWrite } from "./atomic_write.ts";
export { canonicalJson } from "./canonical_json.ts";
export { type CsvRow, type CsvTable, parseCsv } from "./csv.ts";
export { digest, digestText } from "./digest.ts";
export { type FileLockOptions, withFileLock } from "./file_lock.ts";
export { InputError, type InputErrorDetails } from "./input_error.ts";
export { type AppendFile, type Appending, JsonlWriter } from "./jsonl_writer.ts";
export { ensureVenv, type Venv, type VenvOptions } from "./python_venv.ts";
export { type JsonlLine, readJsonl, type ReadJsonlOptions } from "./read_jsonl.ts";
export { installerEnvironment, type InstallerOptions, runInstaller } from "./run_installer.ts";
export { suggest } from "./suggest.ts";
