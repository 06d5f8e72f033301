#include "lib/store/pg_history.h"

#include "lib/crypto/bytes.h"
#include "lib/store/prepared.h"
#include "lib/store/row_cursor.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <set>
#include <utility>

namespace postrider {

namespace {

bool is_name_part(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

struct Statements {
    /// By webhook, by our own journal; the indexes are by these names.
    Statement named{"history_named", R"(
        select u.name from unnest($2::text[]) as u(name)
        where exists (select from postrider.inbound i where i.transport = $1 and i.event_key = u.name)
           or exists (select from postrider.attempt_history h where h.provider_id = u.name and h.provider_id <> ''))"};
    /// Requests whose answer is missing: open ones, and those of which nobody knows what came of them.
    Statement doubtful{"history_doubtful",
                       fmt::format(R"(
        select encode(a.content_hash, 'hex') from postrider.attempt a
        union
        select encode(h.content_hash, 'hex') from postrider.attempt_history h
        where h.provider_id = '' and h.verdict = 'in_doubt' and h.closed >= {} and h.first_sent <= {})",
                                   sql_timestamp("$1::bigint"), sql_timestamp("$2::bigint"))};
    Statement note{"history_note", R"(
        insert into postrider.inbound (transport, event_key, replies) values ($1, $2, '[]')
        on conflict do nothing returning true)"};
    Statement insert{"history_insert",
                     fmt::format("select postrider.add_sent($1, $2, {}, $4::boolean, $5, $6)",
                                 sql_timestamp("$3::bigint"))};
};

const Statements& statements() {
    static const Statements all;
    return all;
}

class PgHistory final : public HistoryStore {
public:
    explicit PgHistory(Database& database) : database_(database) {}

    Task<std::map<std::string, Known>> known(std::string transport, std::vector<Asked> asked, TimePoint from,
                                             TimePoint to) override {
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            std::map<std::string, Known> found;
            find_doubtful(transaction, asked, from, to, found);
            find_in_rows(transaction, asked, from, to, found);
            SqlArray names;
            for (const Asked& each : asked) names.add(std::string_view(each.provider_id));
            for (const pqxx::row& row : exec(transaction, statements().named, transport, names.text()))
                found[row[0].c_str()] = Known::yes;
            return found;
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::size_t> add(std::string transport, std::vector<SentElsewhere> rows) override {
        auto work = [&](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            std::size_t added = 0;
            for (const SentElsewhere& row : rows) {
                if (exec(transaction, statements().note, transport, row.provider_id).empty()) continue;
                exec(transaction, statements().insert, row.destination, row.text, to_sql_time(row.sent),
                     row.errored, row.metadata, row.lookup_key);
                ++added;
            }
            transaction.commit();
            return added;
        };
        co_return co_await database_.run(std::ref(work));
    }

private:
    static void find_doubtful(pqxx::transaction_base& transaction, const std::vector<Asked>& asked,
                              TimePoint from, TimePoint to, std::map<std::string, Known>& found) {
        std::map<std::string, std::string> by_content;
        for (const Asked& each : asked) {
            for (const Hash& hash : each.contents)
                by_content.emplace(hexadecimal(hash.data(), hash.size()), each.provider_id);
        }
        if (by_content.empty()) return;
        for (const pqxx::row& row :
             exec(transaction, statements().doubtful, to_sql_time(from), to_sql_time(to))) {
            const auto content = by_content.find(row[0].c_str());
            if (content != by_content.end()) found[content->second] = Known::perhaps;
        }
    }

    /// Whoever wrote them: in the metadata, which may be any text, somewhere.
    static void find_in_rows(pqxx::transaction_base& transaction, const std::vector<Asked>& asked,
                             TimePoint from, TimePoint to, std::map<std::string, Known>& found) {
        std::set<std::string, std::less<>> names;
        for (const Asked& each : asked) names.insert(each.provider_id);
        for (const auto& [table, moment] :
             {std::pair("outgoingmessage", "sent_date"), std::pair("incomingmessage", "receive_date")}) {
            RowCursor history(transaction,
                              fmt::format("select transmission_metadata "
                                          "from simple_messaging_{} where {} between {} and {} "
                                          "and transmission_metadata is not null",
                                          table, moment, sql_timestamp(std::to_string(to_sql_time(from))),
                                          sql_timestamp(std::to_string(to_sql_time(to)))));
            for (pqxx::result rows = history.next(); !rows.empty(); rows = history.next()) {
                for (const pqxx::row& row : rows) note_names(row[0].c_str(), names, found);
            }
        }
    }

    static void note_names(std::string_view text, const std::set<std::string, std::less<>>& names,
                           std::map<std::string, Known>& found) {
        for (auto begin = text.begin(); begin != text.end();) {
            const auto first = std::find_if(begin, text.end(), is_name_part);
            const auto end = std::find_if_not(first, text.end(), is_name_part);
            if (const auto name = names.find(std::string_view(first, end)); name != names.end())
                found[*name] = Known::yes;
            begin = end;
        }
    }

    Database& database_;
};

}  // namespace

std::unique_ptr<HistoryStore> make_pg_history(Database& database) {
    return std::make_unique<PgHistory>(database);
}

}  // namespace postrider
