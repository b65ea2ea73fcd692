export default defineEventHandler(() => ({ NODE_ENV: process.env.NODE_ENV, GREETING: process.env.GREETING }));
