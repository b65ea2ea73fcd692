import express from "express";
import sharp from "sharp";

const app = express();
app.get("/", (_, res) => {
  res.send('<img src="/plate.svg">');
});
app.get("/health", (_, res) => {
  res.send("ok");
});
app.get("/environment", (_, res) => {
  res.json({ NODE_ENV: process.env.NODE_ENV, GREETING: process.env.GREETING });
});
app.get("/native", async (_, res) => {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } }).png().toBuffer();
  res.json({ PNG: picture.length });
});
app.use(express.static("public"));

const server = app.listen(Number(process.env.PORT), process.env.HOST ?? "localhost");
process.on("SIGTERM", () => server.close());
