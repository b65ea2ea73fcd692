export const revalidate = 1;

// The others are rendered when somebody asks for them.
export function generateStaticParams() {
  return [{ name: "laksa" }];
}

export default async function Dish({ params }: { params: Promise<{ name: string }> }) {
  const { name } = await params;
  return (
    <main>
      <h1>{decodeURIComponent(name)}</h1>
      <time>{Date.now()}</time>
    </main>
  );
}
