export const dynamic = "force-dynamic";

/** Whether this server answers; whether the others do is theirs to say. */
export function GET() {
  return Response.json({ status: "UP" });
}
