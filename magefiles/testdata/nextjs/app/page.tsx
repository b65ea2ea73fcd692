import { format } from "date-fns";
import sortBy from "lodash/sortBy";
import Image from "next/image";
import Link from "next/link";
import Counter from "../components/counter";

export const dynamic = "force-dynamic";

const dishes = ["Nasi lemak", "Laksa", "Char kway teow", "Roti canai"];
const base = process.env.BASE_PATH ?? "";

export default function Page() {
  return (
    <main>
      <h1>Dishes of {format(new Date(), "yyyy")}</h1>
      <img src={`${base}/plate.svg`} alt="" width={64} height={64} />
      <Image src={`${base}/plate.png`} alt="" width={64} height={64} />
      <ul>
        {sortBy(dishes).map((dish) => (
          <li key={dish}>
            <Link href={`/dishes/${encodeURIComponent(dish)}`}>{dish}</Link>
          </li>
        ))}
      </ul>
      <Counter />
    </main>
  );
}
