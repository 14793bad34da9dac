"""Makes Tests/Fixtures/PyTorch/allocator_settings.json: allocations and frees at random under settings of the
allocator and on small devices, with the real allocator's answers and its words when memory runs out.

    Validation/oracle/run.sh Validation/training/allocator_settings.py Tests/Fixtures/PyTorch/allocator_settings.json
"""

import json
import os
import random
import re
import sys

import torch

M = 1 << 20
SETTINGS = [
    "", "max_split_size_mb:20", "max_split_size_mb:64,max_non_split_rounding_mb:32", "roundup_power2_divisions:4",
    "roundup_power2_divisions:[1:2,4:8,64:4,>:1]", "large_segment_size_mb:40",
    "large_segment_size_mb:64,expandable_segments:True", "garbage_collection_threshold:0.6",
    "garbage_collection_threshold:0.5,max_split_size_mb:24,per_process_memory_fraction:0.9",
    "garbage_collection_threshold:0.6,per_process_memory_fraction:0.8", "expandable_segments:True",
    "roundup_power2_divisions:8,max_split_size_mb:100",
]


def sequence(settings, total, seed):
    """Up to 300 events: a size allocates, -k-1 frees the k-th; `total` is the device's memory in MiB."""
    os.environ["MOCK_TOTAL_MB"] = str(total)
    if settings:
        torch._C._accelerator_setAllocatorSettings(settings)
    torch.cuda.init()
    chance, events, live, places, count = random.Random(seed), [], [], {}, 0
    allocated, reserved, words = [], [], None
    for _ in range(300):
        if live and chance.random() < 0.42:
            freed = live.pop(chance.randrange(len(live)) if chance.random() < 0.6 else -1)
            torch.cuda.caching_allocator_delete(places.pop(freed))
            events.append(-freed - 1)
        else:
            size = int(2 ** chance.uniform(6, 26)) if chance.random() < 0.7 else chance.choice(
                [4, 65536, M, M + 512, 3 * M, 10 * M, 12845056, 25690112])
            events.append(size)
            try:
                places[count] = torch.cuda.caching_allocator_alloc(size)
            except torch.OutOfMemoryError as error:
                # Without what it says of other processes and of what to try.
                words = re.sub(r"Process \d+ has \S+ \S+ memory in use\. ", "", str(error))
                words = re.split(r" If reserved| expandable_segments is", words)[0]
                break
            live.append(count)
            count += 1
        figures = torch.cuda.memory_stats()
        allocated.append(figures["allocated_bytes.all.current"])
        reserved.append(figures["reserved_bytes.all.current"])
    return {"settings": settings, "total": total, "events": events, "allocated": allocated, "reserved": reserved,
            "retries": torch.cuda.memory_stats()["num_alloc_retries"], "words": words}


def child(*arguments):
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.write(writer, json.dumps(sequence(*arguments)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(process, 0)
    return json.loads(text)


if __name__ == "__main__":
    found = [child(settings, total, 100 * index + total)
             for index, settings in enumerate(SETTINGS) for total in (81920, 420, 250)]
    for vector in found:
        print(vector["settings"], vector["total"], len(vector["events"]), vector["retries"], vector["words"])
    with open(sys.argv[1], "w") as file:
        json.dump({"source": f"PyTorch {torch.__version__} on stand-in CUDA libraries", "vectors": found}, file,
                  separators=(",", ":"))
