export type Service = "frontend" | "backend" | "python";
/** Which release and slot of a service answered. */
export type Met = { service: Service; release: string; slot: string };
export type Answer<T> = { met: Met; data: T };

const PATIENCE_MILLISECONDS = 5000;

/** The JSON that a service answers with and who it was; an error that names the service for anything else. */
export async function fetchJson<T>(service: Service, address: string, init?: RequestInit): Promise<Answer<T>> {
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const answer = await fetch(address, { cache: "no-store", signal, ...init }).catch((cause) => {
    throw new Error(`${service} does not answer at ${address}`, { cause });
  });
  if (!answer.ok) {
    throw new Error(`${service} answered ${answer.status} at ${address}`);
  }
  return { met: met(service, answer.headers), data: await answer.json() };
}

export function met(service: Service, headers: Headers): Met {
  return { service, release: headers.get("X-Release") ?? "unknown", slot: headers.get("X-Slot") ?? "unknown" };
}

/** One release and one slot for everything: a page that met two was mixed. */
export function isMixed(all: Met[]): boolean {
  return new Set(all.map((one) => `${one.release} ${one.slot}`)).size > 1;
}
