export const loader = () => Response.json({ NODE_ENV: process.env.NODE_ENV, GREETING: process.env.GREETING });
