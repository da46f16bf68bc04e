import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone", // the server and what it needs, without node_modules
  poweredByHeader: false,
  compress: false, // NGINX does that
};

export default config;
