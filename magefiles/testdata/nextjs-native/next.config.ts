import type { NextConfig } from "next";

const basePath = "/shop";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  basePath,
  env: { BASE_PATH: basePath },
  serverExternalPackages: ["better-sqlite3", "pino", "sharp"],
  outputFileTracingIncludes: { "/**": ["migrate.js"] },
};

export default config;
