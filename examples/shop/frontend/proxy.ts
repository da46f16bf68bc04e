import { NextResponse } from "next/server";
import { headers } from "@/lib/release";

/** Every answer says which release and slot gave it: pages, routes and static files. Without a matcher it runs for all. */
export function proxy() {
  return NextResponse.next({ headers });
}
