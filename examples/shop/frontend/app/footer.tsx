"use client";

import { useEffect, useState } from "react";
import { fetchJson, isMixed, type Met } from "@/lib/answer";

/**
 * Which release and slot of each service the page met: as the server rendered it, and as the browser asks now, through
 * NGINX. Programs read the data attributes, and on the body `data-hydrated`, then `data-live`: same, mixed or failed.
 */
export function Footer({ byServer }: { byServer: Met[] }) {
  const [byBrowser, setByBrowser] = useState<Met[]>([]);

  useEffect(() => {
    document.body.dataset.hydrated = "true";
    Promise.all([
      fetchJson("frontend", "/api/health"),
      fetchJson("backend", "/backend/products"),
      fetchJson("python", "/python/delivery"),
    ])
      .then((answers) => {
        const met = answers.map((answer) => answer.met);
        setByBrowser(met);
        document.body.dataset.live = isMixed([...byServer, ...met]) ? "mixed" : "same";
      })
      .catch((error) => {
        console.error(error);
        document.body.dataset.live = "failed";
      });
  }, [byServer]);

  return (
    <footer>
      <Releases by="server" met={byServer} />
      <Releases by="browser" met={byBrowser} />
    </footer>
  );
}

function Releases({ by, met }: { by: "server" | "browser"; met: Met[] }) {
  return (
    <ul>
      {met.map(({ service, release, slot }) => (
        <li key={service} data-by={by} data-service={service} data-release={release} data-slot={slot}>
          {service} <code>{release}</code> <em className={slot}>{slot}</em>
        </li>
      ))}
    </ul>
  );
}
