export const revalidate = 1;

export default function Menu() {
  return <time>{Date.now()}</time>;
}
