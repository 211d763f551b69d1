"""Runs one notebook with nbclient and prints what came of it as one JSON document on stdout.

Arguments: the notebook, the name of the kernel, seconds that a cell may take.

The kernel of Deno 2.9.6 may send a result after it has said that the cell is done, and nbclient drops what
comes late; and it swallows errors of promises and timers that nobody waited for. So after each cell a fence is
run that prints a mark through the same queue as all outputs: what stands before the mark belongs to the cell,
and with the mark come the errors that were swallowed.
"""

import asyncio
import json
import os
import sys
import tempfile
import uuid

import nbformat
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.validator import NotebookValidationError

MARK = uuid.uuid4().hex
FENCE = f"""
await new Promise((resolve) => setTimeout(resolve, 0));
globalThis[Symbol.for("{MARK}")] ??= (() => {{
  const late = [];
  const keep = (event) => {{
    event.preventDefault();
    const error = event.reason ?? event.error ?? event.message;
    late.push(String(error?.stack ?? error));
  }};
  addEventListener("unhandledrejection", keep);
  addEventListener("error", keep);
  return late;
}})();
await Deno.jupyter.display({{ "text/plain": "{MARK}" }}, {{ raw: true }});
console.error("{MARK}");
console.log("{MARK}" + JSON.stringify(globalThis[Symbol.for("{MARK}")].splice(0)) + "{MARK}");
"""


class Client(NotebookClient):
    """An nbclient that waits for all outputs of a cell."""

    async def settle(self, cell, index):
        """Takes the outputs that are still on their way; returns the errors that nobody waited for."""
        msg_id = self.kc.execute(FENCE, silent=True, store_history=False, allow_stdin=False)
        late, awaited = [], {"stdout", "stderr", "display"}
        while awaited:
            msg = await ensure_async(self.kc.iopub_channel.get_msg(timeout=self.timeout))
            kind, content = msg["header"]["msg_type"], msg["content"]
            if kind in ("status", "execute_input"):
                continue
            if kind == "error" and msg["parent_header"].get("msg_id") == msg_id:
                raise RuntimeError(f"the fence failed: {content['ename']}: {content['evalue']}")
            if kind == "display_data" and content["data"].get("text/plain") == MARK:
                awaited.discard("display")
                continue
            if kind == "stream" and MARK in content["text"]:
                content["text"], *marked = content["text"].split(MARK)
                awaited.discard(content["name"])
                if content["name"] == "stdout":
                    late = json.loads(marked[0])
                if not content["text"]:
                    continue
            self.process_message(msg, cell, index)
        await self.async_wait_for_reply(msg_id)
        return late


async def run(path, kernel, timeout):
    notebook = nbformat.read(path, as_version=4)
    folder = os.path.dirname(os.path.abspath(path))
    client = Client(notebook, kernel_name=kernel, timeout=timeout, resources={"metadata": {"path": folder}})
    late, stopped = [], None
    with tempfile.TemporaryFile() as stray:
        async with client.async_setup_kernel(stdout=stray, stderr=sys.stderr):
            await client.settle(nbformat.v4.new_code_cell(), 0)
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type != "code":
                    continue
                cell.outputs, cell.execution_count = [], None
                try:
                    try:
                        await client.async_execute_cell(cell, index)
                    except CellExecutionError as error:
                        stopped = {"cell": index, "reason": f"{error.ename}: {error.evalue}"}
                    late += [{"cell": index, "text": text} for text in await client.settle(cell, index)]
                except CellTimeoutError:
                    stopped = {"cell": index, "reason": f"did not end within {timeout} s"}
                except DeadKernelError:
                    stopped = {"cell": index, "reason": "the kernel ended"}
                except NotebookValidationError as error:
                    stopped = {"cell": index, "reason": f"its output is none that a notebook may hold: {error}"}
                if stopped:
                    break
        stray.seek(0)
        printed = stray.read().decode("utf-8", "replace")
    return {"cells": notebook.cells, "late": late, "stopped": stopped, "stray": printed}


if __name__ == "__main__":
    result = asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    json.dump(result, sys.stdout)
