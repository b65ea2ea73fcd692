export const dynamic = "force-dynamic";

export function GET() {
  const { NODE_ENV, GREETING, HOME } = process.env;
  return Response.json({ NODE_ENV, GREETING, HOME });
}
