#include "lib/store/outgoing_rows.h"

#include "lib/model/attempt.h"
#include "lib/store/hash_bytes.h"
#include "lib/store/sql_time.h"

#include <charconv>
#include <string_view>
#include <tuple>

namespace postrider {

namespace {

/// Hashes one behind the other, in hexadecimal.
std::vector<Hash> read_hashes(const pqxx::field& field) {
    std::vector<Hash> hashes;
    if (field.is_null()) return hashes;
    const std::string_view digits = field.c_str();
    constexpr std::size_t length = 2 * std::tuple_size_v<Hash>;
    for (std::size_t at = 0; at + length <= digits.size(); at += length) {
        Hash& hash = hashes.emplace_back();
        for (std::size_t i = 0; i < hash.size(); ++i) {
            const char* const begin = digits.data() + at + 2 * i;
            std::from_chars(begin, begin + 2, hash[i], 16);
        }
    }
    return hashes;
}

constexpr int common_columns = 20;

JournaledEnd read_end(const pqxx::row& row) {
    JournaledEnd end;
    end.attempt_id = row[common_columns].as<AttemptId>();
    end.part = row[common_columns + 1].as<int>();
    end.given_up = row[common_columns + 2].as<bool>();
    end.send_date = optional_time(row[common_columns + 3]).value_or(TimePoint::min());
    end.ended = from_sql_time(row[common_columns + 4].c_str());
    end.content_hash = read_hash(row[common_columns + 5]);
    const std::string_view verdict = row[common_columns + 6].c_str();
    // What the site took (0010_django_site.sql) has gone, unless it said otherwise; its content is not known.
    const Verdict of_site = end.given_up ? Verdict::rejected : Verdict::sent;
    end.verdict = verdict == "site" ? of_site : verdict_named(verdict).value_or(Verdict::in_doubt);
    end.reason = row[common_columns + 7].c_str();
    end.provider_id = row[common_columns + 8].c_str();
    end.metadata = row[common_columns + 9].c_str();
    end.accepted = read_hashes(row[common_columns + 10]);
    return end;
}

}  // namespace

std::optional<TimePoint> optional_time(const pqxx::field& field) {
    if (field.is_null()) return std::nullopt;
    return from_sql_time(field.c_str());
}

OutgoingMessage read_outgoing(const pqxx::row& row) {
    OutgoingMessage message;
    message.key = {from_sql_time(row[3].c_str()), row[0].as<MessageId>()};
    message.destination = Address(row[1].c_str());
    message.text_too_large = row[2].is_null();
    message.text = Text(row[2].c_str());
    if (!row[4].is_null()) message.transmission_metadata = row[4].c_str();
    message.row_version = row[5].c_str();
    message.media_count = row[6].as<int>();
    message.ready = row[7].as<bool>();
    message.attempt_open = row[8].as<bool>();
    message.failed_attempts = row[9].as<int>();
    message.retry_at = optional_time(row[10]);
    message.retried = optional_time(row[11]);
    message.next_part = row[12].as<int>();
    if (!row[13].is_null()) {
        message.repeated_key =
            RepeatedKey{row[13].c_str(), optional_time(row[14]).value_or(TimePoint::min())};
    }
    message.doubt_since = optional_time(row[15]);
    message.last_attempt = row[16].as<AttemptId>();
    message.has_lookup_key = row[17].as<bool>();
    message.part_metadata = row[18].c_str();
    if (row.size() > common_columns && !row[common_columns].is_null()) message.journaled_end = read_end(row);
    return message;
}

TimePoint outgoing_read_at(const pqxx::row& row) { return from_sql_time(row[common_columns - 1].c_str()); }

}  // namespace postrider
