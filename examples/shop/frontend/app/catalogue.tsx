"use client";

import { useState } from "react";
import { fetchJson } from "@/lib/answer";
import type { Product } from "@/lib/services";

const won = new Intl.NumberFormat("ko-KR", { style: "currency", currency: "KRW" });

/** The products, each with a button that orders one. */
export function Catalogue({ products }: { products: Product[] }) {
  const [message, setMessage] = useState("");

  async function order(product: Product) {
    try {
      const answer = await fetchJson<{ id: number }>("backend", "/backend/orders", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ customer: "browser", productId: product.id, quantity: 1 }),
      });
      setMessage(`Order ${answer.data.id}: ${product.name}`);
    } catch (error) {
      setMessage(String(error));
    }
  }

  return (
    <>
      <ul className="products">
        {products.map((product) => (
          <li key={product.id}>
            <span>{product.name}</span>
            <span>{won.format(product.priceWon)}</span>
            <button type="button" onClick={() => order(product)}>
              Order
            </button>
          </li>
        ))}
      </ul>
      <p role="status">{message}</p>
    </>
  );
}
