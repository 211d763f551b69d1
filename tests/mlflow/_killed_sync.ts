import { directFetch } from "@lib/mlflow/direct_fetch.ts";
import { createMlflowClient, syncRun } from "@lib/mlflow/mod.ts";

/**
 * Sends a run and, once the server has answered the nth request to a path, keeps the answer back and says so: a
 * process to be killed. Arguments: server, folder of the run, part of the path, n.
 */
const [uri, folder, part, n] = Deno.args as [string, string, string, string];
let seen = 0;
const client = createMlflowClient({
  uri,
  fetch: async (url, init) => {
    const response = await directFetch(url, init);
    if (!url.includes(part) || ++seen < Number(n)) return response;
    console.log("answered");
    return await new Promise<never>(() => {});
  },
});
setInterval(() => {}, 60_000); // stays until it is killed
await syncRun(client, folder);
