export default {
  output: "standalone",
  // The types are those of React 19.
  typescript: { ignoreBuildErrors: true },
  experimental: {
    serverComponentsExternalPackages: ["lodash"],
    outputFileTracingIncludes: { "/**": ["node_modules/date-fns/**/*", "node_modules/lodash/**/*", "migrate.js"] },
  },
};
