import { Catalogue } from "@/app/catalogue";
import { Footer } from "@/app/footer";
import { release, slot } from "@/lib/release";
import { delivery, products } from "@/lib/services";

export const dynamic = "force-dynamic";

/**
 * A page without its data is none: a service that fails makes this one answer 500, and NGINX asks the other slot,
 * before the user sees anything. So nothing here is streamed behind a fallback (`loading.tsx`, `<Suspense>`): the
 * status would be sent by then.
 */
export default async function Page() {
  const [list, date] = await Promise.all([products(), delivery()]);
  const met = [{ service: "frontend" as const, release, slot }, list.met, date.met];
  return (
    <>
      <main>
        <h1>Shop</h1>
        <p>
          Ordered now, delivered on <time dateTime={date.data.date}>{date.data.date}</time> ({date.data.zone}).
        </p>
        <Catalogue products={list.data} />
      </main>
      <Footer byServer={met} />
    </>
  );
}
