import { compatible, local, openai, parseModelName } from "@lib/model/mod.ts";
import assert from "node:assert/strict";

Deno.test("local(), openai() and compatible() declare data that survives JSON", () => {
  const specs = [local("a"), openai("gpt-4o"), compatible("b", { baseUrl: "http://h:1/v1", apiKeyEnv: "K" })];
  for (const spec of specs) assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec);
});

Deno.test("openai() names the variable of its key and never holds a key", () => {
  assert.equal(openai("gpt-4o").endpoint.apiKeyEnv, "OPENAI_API_KEY");
  assert.deepEqual(Object.keys(openai("gpt-4o").endpoint).sort(), [
    "apiKeyEnv",
    "baseUrl",
    "concurrency",
    "id",
  ]);
});

Deno.test("compatible() takes base URLs with and without a final slash for one endpoint", () => {
  const ids = ["http://h:1/v1", "http://h:1/v1/", "HTTP://H:1/v1//"].map((baseUrl) =>
    compatible("m", { baseUrl }).endpoint.id
  );
  assert.deepEqual(new Set(ids), new Set(["http://h:1/v1"]));
});

for (
  const baseUrl of [
    "",
    "localhost:11434/v1",
    "/v1",
    "ftp://h/v1",
    "http://user@h/v1",
    "http://user:secret@h/v1",
    "http://:secret@h/v1",
  ]
) {
  Deno.test(`compatible() rejects the base URL ${JSON.stringify(baseUrl)} with what is expected`, () => {
    assert.throws(() => compatible("m", { baseUrl }), {
      name: "InputError",
      message: /Bad base URL of a model\n {2}where: {4}model "m"\n.*expected: http\(s\):\/\/host/s,
    });
  });
}

Deno.test("compatible() does not repeat a password that stands in a base URL", () => {
  for (const baseUrl of ["http://user:secret@h/v1", "http://:secret@h/v1"]) {
    assert.throws(() => compatible("m", { baseUrl }), (error: Error) => !error.message.includes("secret"));
  }
});

Deno.test("parseModelName() reads back the name of every kind of model", () => {
  const specs = [
    local("qwen2.5-coder-0.5b"),
    openai("gpt-4o"),
    compatible("a/b:c", { baseUrl: "https://h/v1" }),
  ];
  for (const spec of specs) assert.deepEqual(parseModelName(spec.name), spec);
});

Deno.test("parseModelName() is undefined for a text that names no endpoint", () => {
  for (const text of ["", "gpt-4o", "#m", "http://h/v1", "http://h/v1#", "h/v1#m", "azure:x"]) {
    assert.equal(parseModelName(text), undefined, text);
  }
});

Deno.test("parseModelName() is undefined for an endpoint without a model", () => {
  for (const text of ["local:", "openai:"]) assert.equal(parseModelName(text), undefined, text);
});
