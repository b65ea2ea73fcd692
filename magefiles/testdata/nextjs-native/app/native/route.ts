import Database from "better-sqlite3";
import pino from "pino";
import sharp from "sharp";

export const dynamic = "force-dynamic";

// Its transport is a thread with a file of its own.
const log = pino(pino.transport({ target: "pino/file", options: { destination: 1 } }));

export async function GET() {
  const { version } = new Database(":memory:").prepare("select sqlite_version() as version").get() as { version: string };
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } });
  const { length } = await pixel.png().toBuffer();
  log.info("said by a thread");
  return Response.json({ sqlite: version, png: length, node: process.version });
}
