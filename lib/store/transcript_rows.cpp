#include "lib/store/transcript_rows.h"

#include "lib/dispatch/privacy.h"
#include "lib/store/long_session.h"
#include "lib/store/row_cursor.h"
#include "lib/store/site_tables.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/text/json_object.h"
#include "lib/text/obfuscation.h"
#include "lib/text/phone_number.h"
#include "lib/text/trim.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <map>
#include <unordered_map>

namespace postrider {

namespace {

constexpr std::size_t wanted_max = 1000;  // in one statement
constexpr std::size_t remembered_max = 20000;

class Run {
public:
    Run(pqxx::connection& connection, Privacy& privacy, const TranscriptQuery& query)
        : transaction_(connection), privacy_(privacy), query_(query) {
        if (has_table("simple_messaging_outgoingmessage"))
            sources_.push_back(
                "select 0 as kind, id, destination as address, sent_date as at, message, errored, "
                "transmission_metadata as metadata from simple_messaging_outgoingmessage where " +
                bounds("sent_date"));
        if (has_table("simple_messaging_incomingmessage"))
            sources_.push_back(
                "select 1 as kind, id, sender as address, receive_date as at, message, false as errored, "
                "transmission_metadata as metadata from simple_messaging_incomingmessage where " +
                bounds("receive_date"));
        if (sources_.empty()) throw DatabaseSetupError("this database has no message tables");
        has_journal_ = has_table("postrider.attempt_history");
    }

    TranscriptReport go(const std::function<void(const TranscriptEntry&)>& each,
                        const std::function<void(long long seen, long long total)>& on_progress) {
        if (!query_.participants.empty()) find_wanted();
        const long long total = count();
        on_progress(0, total);
        RowCursor cursor(transaction_, told_of());
        for (pqxx::result rows = cursor.next(); !rows.empty(); rows = cursor.next()) {
            const std::map<long long, std::string> channels = channels_by_journal(rows);
            for (const pqxx::row& row : rows) each(entry_of(row, channels));
            on_progress(report_.messages, total);
        }
        transaction_.commit();
        return report_;
    }

private:
    /// Whether it is there, and may be read.
    bool has_table(const std::string& name) {
        const bool ours = name.starts_with("postrider.");
        if (ours) {
            const auto usable = transaction_.exec1(
                "select coalesce(has_schema_privilege(to_regnamespace('postrider'), 'usage'), false)");
            if (!usable[0].as<bool>()) return false;
        }
        const pqxx::row found = transaction_.exec_params1(
            "select to_regclass($1) is not null, coalesce(has_table_privilege(to_regclass($1), 'select'), "
            "false)",
            name);
        if (found[0].as<bool>() && !found[1].as<bool>() && !ours)
            throw DatabaseSetupError(fmt::format("this role may not read {}", name));
        return found[1].as<bool>();
    }

    std::string bounds(const std::string& column) const {
        std::string condition = fmt::format("isfinite({})", column);
        const auto moment = [](TimePoint at) {
            return sql_timestamp(fmt::format("{}::bigint", to_sql_time(at)));
        };
        if (query_.from) condition += fmt::format(" and {} >= {}", column, moment(*query_.from));
        if (query_.to) condition += fmt::format(" and {} <= {}", column, moment(*query_.to));
        return condition;
    }

    std::string all_rows() const {
        return sources_.size() == 1 ? sources_[0] : sources_[0] + " union all " + sources_[1];
    }

    long long count() {
        const std::string counted =
            query_.participants.empty() ? "(" + all_rows() + ") t" : std::string("pg_temp.wanted");
        return transaction_.exec1("select count(*) from " + counted)[0].as<long long>();
    }

    /// Whose rows are whose, only their clear form tells: all addresses are looked at once. What was found is
    /// noted on the server's side, since it may be any number.
    void find_wanted() {
        std::unordered_map<std::string, int> places;
        for (const Address& each : query_.participants)
            places.emplace(comparable(each.reveal()), static_cast<int>(places.size()));
        transaction_.exec("create temporary table wanted (place int, kind int, id bigint) on commit drop");
        SqlArray found_places, kinds, ids;
        std::size_t found = 0;
        const auto note = [&] {
            transaction_.exec_params(
                "insert into pg_temp.wanted select * from unnest($1::int[], $2::int[], $3::bigint[])",
                found_places.text(), kinds.text(), ids.text());
            found_places = kinds = ids = SqlArray();
            found = 0;
        };
        RowCursor cursor(transaction_, "select kind, id, address from (" + all_rows() + ") t");
        for (pqxx::result rows = cursor.next(); !rows.empty(); rows = cursor.next()) {
            for (const pqxx::row& row : rows) {
                auto opened = privacy_.open(row[2].c_str());
                if (!opened.value) continue;
                const auto place = places.find(comparable(*opened.value));
                wipe(*opened.value);
                if (place == places.end()) continue;
                found_places.add(place->second);
                kinds.add(row[0].as<int>());
                ids.add(row[1].as<long long>());
                if (++found == wanted_max) note();
            }
        }
        note();
    }

    std::string comparable(const std::string& address) const {
        return without_spelling(without_outer_space(address), query_.phone_region);
    }

    /// Timestamps are sorted as the text that they become: where clocks are put back, one that is later may
    /// come first.
    std::string told_of() const {
        const bool all = query_.participants.empty();
        return fmt::format(
            "select kind, id, address, message, errored, metadata, to_char(wall, "
            "'YYYY-MM-DD\"T\"HH24:MI:SS.US'), ahead from (select t.*, {0} as place, t.at at time zone {1} as "
            "wall, extract(epoch from (t.at at time zone {1}) - (t.at at time zone 'UTC'))::int as ahead "
            "from ({2}) t {3}) told order by place, wall, abs(ahead), kind, id",
            all ? "0" : "w.place", transaction_.quote(query_.time_zone), all_rows(),
            all ? "" : "join pg_temp.wanted w on w.kind = t.kind and w.id = t.id");
    }

    /// Of sent messages that name no channel: which one sent them.
    std::map<long long, std::string> channels_by_journal(const pqxx::result& rows) {
        std::map<long long, std::string> channels;
        SqlArray ids;
        bool any = false;
        for (const pqxx::row& row : rows) {
            if (row[0].as<int>() != 0 || named_channel(row[5])) continue;
            ids.add(row[1].as<long long>());
            any = true;
        }
        if (!any || !has_journal_) return channels;
        for (const pqxx::row& row :
             transaction_.exec_params("select message_id, channel from postrider.attempt_history "
                                      "where message_id = any ($1::bigint[]) and channel <> '' order by id",
                                      ids.text()))
            channels[row[0].as<long long>()] = row[1].c_str();
        return channels;
    }

    static std::optional<std::string> named_channel(const pqxx::field& metadata) {
        if (metadata.is_null()) return std::nullopt;
        const std::string_view text(metadata.c_str(), metadata.size());
        if (text.find("message_channel") == std::string_view::npos) return std::nullopt;
        const auto object = JsonObjectText::read(text);
        auto channel = object ? object->find_string("message_channel") : std::nullopt;
        if (channel && channel->empty()) channel.reset();
        return channel;
    }

    TranscriptEntry entry_of(const pqxx::row& row, const std::map<long long, std::string>& channels) {
        TranscriptEntry entry;
        entry.incoming = row[0].as<int>() == 1;
        bool unreadable = false;
        entry.address = shown_address(row[2].c_str(), unreadable);
        entry.message = row[3].c_str();
        if (query_.decrypt_texts) {
            auto opened = privacy_.open(entry.message);
            unreadable |= !opened.value;
            if (opened.value) entry.message = std::move(*opened.value);
        }
        entry.errored = row[4].as<bool>();
        entry.channel = named_channel(row[5]);
        const auto by_journal = channels.find(row[1].as<long long>());
        if (!entry.channel && !entry.incoming && by_journal != channels.end())
            entry.channel = by_journal->second;
        entry.timestamp = transcript_time(row[6].c_str(), row[7].as<int>());
        ++report_.messages;
        report_.unreadable += unreadable ? 1 : 0;
        return entry;
    }

    std::string shown_address(const std::string& stored, bool& unreadable) {
        if (query_.addresses == TranscriptAddresses::stored) return stored;
        auto opened = privacy_.open(stored);
        if (!opened.value) {
            unreadable = true;
            return stored;
        }
        if (query_.addresses == TranscriptAddresses::clear) return *opened.value;
        // Most of what is known of a number's country takes a tenth of a millisecond to ask, and people write
        // more than once.
        if (obfuscated_.size() >= remembered_max) obfuscated_.clear();
        const auto [known, is_new] = obfuscated_.try_emplace(*opened.value);
        if (is_new) known->second = obfuscated(*opened.value, query_.phone_region);
        wipe(*opened.value);
        return known->second;
    }

    pqxx::transaction<pqxx::repeatable_read> transaction_;
    Privacy& privacy_;
    const TranscriptQuery& query_;
    std::vector<std::string> sources_;
    bool has_journal_ = false;
    std::unordered_map<std::string, std::string> obfuscated_;
    TranscriptReport report_;
};

}  // namespace

TranscriptReport read_transcripts(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                                  const TranscriptQuery& query,
                                  const std::function<void(const TranscriptEntry&)>& each,
                                  const std::function<void(long long seen, long long total)>& on_progress) {
    const auto connection = open_long_session(settings);
    Privacy privacy(encryption, Secret());
    return Run(*connection, privacy, query).go(each, on_progress);
}

}  // namespace postrider
