// A command of its own in the same image, as migrations are.
console.log(`migrated for ${process.env.GREETING}, arguments ${JSON.stringify(process.argv.slice(2))}`);
