import type { TestDiarist } from "./diarist.ts";

type ShownDelivery = {
  id: string;
  job_id: string;
  status: "pending" | "delivered" | "failed" | "discarded";
  tries: number;
  type: string;
};

/** The job's deliveries, once none of them is waiting for its first attempt to be put on record. */
export async function settledDeliveries(
  diarist: TestDiarist,
  jobId: string,
  key?: string,
): Promise<ShownDelivery[]> {
  for (;;) {
    const response = await diarist.call(`/v1/webhooks/deliveries?job_id=${jobId}`, {}, key);
    const { data } = (await response.json()) as { data: ShownDelivery[] };
    if (data.length > 0 && data.every(({ tries }) => tries > 0)) return data;
  }
}
