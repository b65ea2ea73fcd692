import ms from "ms";

export const GET = () => new Response(ms(60_000));
