#pragma once

#include "lib/process/child_process.h"

#include <string>

namespace postrider::bench {

/// SQL for rows as a site would write them, from destination to metadata, each with a destination of its
/// own; $1 is how many, $2 the channel, $3 the number of the first. `send_date` is SQL too and may use
/// `n`, the row's number.
std::string rows_sql(const std::string& send_date = "now() - interval '1 second'");

/// Inserts them without telling anybody; the first has number `first`.
void insert_rows(const std::string& url, int count, const std::string& channel, const std::string& send_date,
                 int first = 1);

/// `count` rows that are due.
void insert_due_rows(const std::string& url, int count, const std::string& channel);

/// `count` rows that are due, and daemons hear of it at once.
void insert_and_ring(const std::string& url, int count, const std::string& channel);

/// Waits until nothing is due and no attempt open; throws if the daemon ends before.
void wait_until_sent(const std::string& url, ChildProcess& daemon);

/// Throws unless so many messages are recorded as sent, each with one accepted attempt and no other row
/// with any.
void require_sent(const std::string& url, long long messages);

/// Of all that was sent, from the first claim to the last record, by the database's clock.
double sent_per_second(const std::string& url);

/// Rows that were sent during the last month on channel `bench`, with their attempts, as a daemon would have
/// left them.
void insert_history(const std::string& url, int rows);

}  // namespace postrider::bench
