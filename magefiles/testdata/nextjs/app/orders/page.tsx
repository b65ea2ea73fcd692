import { revalidatePath } from "next/cache";

export const dynamic = "force-dynamic";

const orders: string[] = [];

async function order(form: FormData) {
  "use server";
  orders.push(String(form.get("dish")));
  revalidatePath("/orders");
}

export default function Orders() {
  return (
    <form action={order}>
      <input name="dish" />
      <button>Order</button>
      <output>{orders.join(", ")}</output>
    </form>
  );
}
