// The built server as its image runs it, and services that answer as they are told to.
import { spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";

const BUILT = new URL("../.next/", import.meta.url).pathname;

/** A service that gives the answer of its path, or 500, with a release and a slot. */
export async function service(answers, { release = "abc12345", slot = "stable", delay = 0 } = {}) {
  const server = createServer((request, response) => {
    const answer = answers[request.url];
    setTimeout(() => {
      response.writeHead(answer ? 200 : 500, { "Content-Type": "application/json", "X-Release": release, "X-Slot": slot });
      response.end(JSON.stringify(answer ?? {}));
    }, delay);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** The frontend on a free port, with these variables. */
export async function frontend(environment) {
  await cp(`${BUILT}static`, `${BUILT}standalone/.next/static`, { recursive: true });
  const port = await freePort();
  const server = spawn(process.execPath, [`${BUILT}standalone/server.js`], {
    env: { ...process.env, RELEASE: "abc12345", SLOT: "stable", HOSTNAME: "127.0.0.1", PORT: port, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = `http://127.0.0.1:${port}`;
  for await (const text of server.stdout) {
    if (String(text).includes("Ready")) break;
  }
  const stop = async () => {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    return ended;
  };
  return { address, stop };
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
