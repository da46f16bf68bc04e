export const dynamic = "force-dynamic";

/** The clock as this service sees it. */
export function GET() {
  const now = new Date();
  return Response.json({
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    now: now.toLocaleString("sv-SE", { timeZoneName: "longOffset" }),
  });
}
