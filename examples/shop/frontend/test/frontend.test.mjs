import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { frontend, service } from "./standins.mjs";

const products = { "/backend/products": [{ id: 1, name: "Hanji notebook", priceWon: 9800 }] };
const delivery = { "/python/delivery": { date: "2026-12-01", zone: "KST" } };
let backend, python, shop;

before(async () => {
  backend = await service(products);
  python = await service(delivery, { slot: "canary" });
  shop = await frontend({ BACKEND_URL: backend.address, PYTHON_URL: python.address, TZ: "Asia/Seoul" });
});

after(async () => {
  await shop.stop();
  backend.close();
  python.close();
});

test("the page shows what the services gave, and which release and slot they were", async () => {
  const page = await (await fetch(shop.address)).text();
  assert.match(page, /Hanji notebook/);
  assert.match(page, /2026-12-01/);
  assert.match(page, /data-by="server" data-service="frontend" data-release="abc12345" data-slot="stable"/);
  assert.match(page, /data-by="server" data-service="backend" data-release="abc12345" data-slot="stable"/);
  assert.match(page, /data-by="server" data-service="python" data-release="abc12345" data-slot="canary"/);
});

test("every answer says who gave it: pages, routes, hashed files, and what is not there", async () => {
  const page = await (await fetch(shop.address)).text();
  const chunk = page.match(/\/_next\/static\/chunks\/[^"]+\.js/)[0];
  const expected = { "/": 200, "/api/health": 200, [chunk]: 200, "/_next/static/chunks/other.js": 404, "/none": 404 };
  for (const [path, status] of Object.entries(expected)) {
    const answer = await fetch(shop.address + path);
    await answer.arrayBuffer();
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("X-Release"), "abc12345", path);
    assert.equal(answer.headers.get("X-Slot"), "stable", path);
  }
});

test("a page without its data is a 500, so that NGINX asks the other slot", async (t) => {
  const broken = await service({});
  const other = await frontend({ BACKEND_URL: broken.address, PYTHON_URL: python.address });
  t.after(() => Promise.all([other.stop(), broken.close()]));
  assert.equal((await fetch(other.address)).status, 500);
  assert.equal((await fetch(`${other.address}/api/health`)).status, 200);
});

test("a stop finishes the page in flight", async (t) => {
  const slow = await service(products, { delay: 1500 });
  const other = await frontend({ BACKEND_URL: slow.address, PYTHON_URL: python.address });
  t.after(() => slow.close());
  await fetch(`${other.address}/api/health`).then((answer) => answer.arrayBuffer());
  const page = fetch(other.address, { headers: { Connection: "close" } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await Promise.all([other.stop(), page.then((answer) => assert.equal(answer.status, 200))]);
});

test("the clock is Seoul's", async () => {
  const time = await (await fetch(`${shop.address}/api/time`)).json();
  assert.equal(time.zone, "Asia/Seoul");
  assert.match(time.now, /GMT\+09:00$/);
});
