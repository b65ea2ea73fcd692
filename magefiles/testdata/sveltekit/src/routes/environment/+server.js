import { json } from "@sveltejs/kit";

export const GET = () => json({ NODE_ENV: process.env.NODE_ENV, GREETING: process.env.GREETING });
