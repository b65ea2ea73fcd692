export default {
  output: "standalone",
  distDir: "build",
  transpilePackages: ["@bellyfed/ui"],
  outputFileTracingIncludes: { "/**": ["migrate.js"] },
};
