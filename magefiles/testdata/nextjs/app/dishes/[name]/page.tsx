export default async function Dish({ params }: { params: Promise<{ name: string }> }) {
  const { name } = await params;
  return <h1>{decodeURIComponent(name)}</h1>;
}
