import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  // Left outside the bundles, so that node_modules is a layer with many files, as in larger applications.
  serverExternalPackages: ["lodash"],
  outputFileTracingIncludes: { "/**": ["node_modules/date-fns/**/*", "node_modules/lodash/**/*", "migrate.js"] },
};

export default config;
