import { fetchJson, type Answer } from "@/lib/answer";

export type Product = { id: number; name: string; priceWon: number };
export type Delivery = { date: string; zone: string };

/** Server-side calls go straight to the services of the own slot, never through NGINX. */
const backend = process.env.BACKEND_URL ?? "http://127.0.0.1:8080";
const python = process.env.PYTHON_URL ?? "http://127.0.0.1:8000";

export function products(): Promise<Answer<Product[]>> {
  return fetchJson("backend", `${backend}/backend/products`);
}

export function delivery(): Promise<Answer<Delivery>> {
  return fetchJson("python", `${python}/python/delivery`);
}
