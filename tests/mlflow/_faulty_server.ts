/** One request as it arrived. */
export interface Arrived {
  method: string;
  /** Path with its query. */
  path: string;
  headers: Headers;
  text: string;
}

/** A small HTTP server that answers as a test says. */
export interface FaultyServer extends AsyncDisposable {
  uri: string;
  /** Requests in the order of their arrival. */
  requests: readonly Arrived[];
}

/** Starts a server on 127.0.0.1; `answer` is asked once for each request, with its number from 1. */
export function serveFaults(answer: (request: Arrived, n: number) => Response): FaultyServer {
  const requests: Arrived[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { method, headers, url } = request;
    const { pathname, search } = new URL(url);
    const arrived = { method, path: pathname + search, headers, text: await request.text() };
    requests.push(arrived);
    return answer(arrived, requests.length);
  });
  return {
    uri: `http://127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer as MLflow gives it. */
export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

/** A page of a proxy. */
export function page(status: number, title: string): Response {
  const text = `<!doctype html><html><head><title>${title}</title></head><body><h1>nginx</h1></body></html>`;
  return new Response(text, { status, headers: { "content-type": "text/html" } });
}
