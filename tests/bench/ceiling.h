#pragma once

#include <string>

namespace postrider::bench {

/// What PostgreSQL alone does with the same work: rows a second.
struct Ceiling {
    double rows_per_second = 0;
    int batch = 0;  ///< the best of those tried
};

/// Claims and completes `count` rows as the daemon does, text and metadata included, each batch in
/// two transactions, over as many connections, but with nothing else: no triggers, no parsing, no
/// transport. The best of several batch sizes, each on rows of its own.
Ceiling measure_ceiling(const std::string& url, int count, int connections);

}  // namespace postrider::bench
