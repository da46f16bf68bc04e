import type { Metadata } from "next";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: "Shop",
  metadataBase: new URL(process.env.PUBLIC_URL ?? "http://localhost:3000"),
  alternates: { canonical: "/" },
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
