import { join } from "node:path";
import { atomicWrite, ensureVenv, type InstallerOptions, type Venv } from "../../lib/io/mod.ts";

/** What runs, shows and compares notebooks; plotly brings the extension that makes charts live in JupyterLab. */
const PACKAGES = [
  "jupyterlab==4.6.6",
  "nbclient==0.11.0",
  "nbconvert==7.17.2",
  "nbdime==4.0.4",
  "plotly==7.1.0",
] as const;

/** This project's kernel, as notebooks name it. */
export const KERNELSPEC = {
  display_name: "Deno (Assay)",
  language: "typescript",
  name: "assay-deno",
} as const;

/**
 * The real Jupyter in the project's Python environment, with a kernel that is the running Deno. The kernel is
 * registered anew at each start, as the path of a Deno may change; nothing outside the environment is written.
 */
export async function openJupyter(options: InstallerOptions & { root?: string } = {}): Promise<Venv> {
  const venv = await ensureVenv({ packages: PACKAGES, ...options });
  const { name, display_name, language } = KERNELSPEC;
  const spec = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name,
    language,
    interrupt_mode: "message", // without it Jupyter sends SIGINT, which ends the kernel
    env: { NO_COLOR: "1" },
  };
  const path = join(venv.root, "share", "jupyter", "kernels", name, "kernel.json");
  await atomicWrite(path, JSON.stringify(spec, null, 2) + "\n");
  return venv;
}
