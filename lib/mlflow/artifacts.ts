import type { SendOnce } from "./requests.ts";
import { MlflowError } from "./faults.ts";
import type { MlflowRun } from "./types.ts";

/** What an artifact holds: a text, or a file that is sent in pieces. */
export type ArtifactContent = { text: string } | { file: string };

/** Most bytes that a server takes for a store of its own, outside its artifact proxy. */
const DIRECT_LIMIT = 10 * 1024 * 1024;

/**
 * Writes a file of a run through the server: by its artifact proxy, or, where runs are kept in a store that only the
 * server reaches, by the upload that its pages use.
 *
 * @param path Path below the run's artifacts, with `/` between folders.
 * @throws RangeError for a path that leaves the run's folder.
 */
export async function uploadArtifact(
  send: SendOnce,
  run: MlflowRun,
  path: string,
  content: ArtifactContent,
): Promise<void> {
  const segments = path.split("/");
  if (segments.some((segment) => /^\.{0,2}$/.test(segment) || /[\\#\p{Cc}]/u.test(segment))) {
    throw new RangeError(`Path of an artifact must be relative and plain: found ${JSON.stringify(path)}`);
  }
  const open = () => openContent(content);
  const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(run.artifactUri)?.[1];
  if (proxied !== undefined) {
    const target = [...proxied.split("/"), ...segments].map(encodeURIComponent).join("/");
    await send("PUT", `/api/2.0/mlflow-artifacts/artifacts/${target}`, { content: open });
    return;
  }
  const bytes = "text" in content
    ? new TextEncoder().encode(content.text).length
    : (await Deno.stat(content.file)).size;
  if (bytes > DIRECT_LIMIT) {
    throw new MlflowError(
      `Cannot send ${path} of ${bytes} bytes: the server keeps artifacts in ${
        run.artifactUri.split(":")[0]
      }: ` +
        `without its proxy, where it takes ${DIRECT_LIMIT} at most; start it with --artifacts-destination`,
    );
  }
  const query = { run_uuid: run.id, path };
  await send("POST", "/ajax-api/2.0/mlflow/upload-artifact", { query, content: open });
}

async function openContent(
  content: ArtifactContent,
): Promise<{ body: ReadableStream<Uint8Array>; bytes: number }> {
  if ("text" in content) {
    const bytes = new TextEncoder().encode(content.text);
    return { body: ReadableStream.from([bytes]), bytes: bytes.length };
  }
  const file = await Deno.open(content.file);
  const { size } = await file.stat();
  return { body: file.readable, bytes: size };
}
