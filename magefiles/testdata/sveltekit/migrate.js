console.log(`migrated for ${process.env.GREETING}, arguments ${JSON.stringify(process.argv.slice(2))}`);
