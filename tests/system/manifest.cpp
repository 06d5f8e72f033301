#include "tests/system/manifest.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <ostream>
#include <set>

namespace postrider::testing {

namespace {

constexpr std::size_t findings_max = 12;

/// Parts are cut at white space, which may go: it does not count.
std::string without_space(const std::string& text) {
    std::string dense;
    std::copy_if(text.begin(), text.end(), std::back_inserter(dense),
                 [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
    return dense;
}

struct EndOfRow {
    bool sent = false;
    bool errored = false;
    bool waits_in_doubt = false;
    std::string metadata;
};

struct Expected {
    MessageId id = 0;
    std::string dense;
    std::size_t covered = 0;  ///< bytes of it that were accepted, in order
    bool has_gap = false;
    std::vector<std::string> sids;

    bool untouched() const { return covered == 0; }
    bool whole() const { return covered == dense.size() && !has_gap; }
};

/// One conversation's texts, against what arrived.
class Comparison {
public:
    Comparison(Balance& balance, std::string to) : balance_(balance), to_(std::move(to)) {}

    void expect(MessageId id, const std::string& text) {
        Expected expected;
        expected.id = id;
        expected.dense = without_space(text);
        by_text_[expected.dense].push_back(texts_.size());
        texts_.push_back(std::move(expected));
    }

    void arrived(const TwilioRequest& request) {
        const std::string dense = without_space(request.body);
        const auto equal = by_text_.find(dense);
        if (equal != by_text_.end()) return arrived_whole(equal->second, request);
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            const auto at = texts_[i].dense.find(dense);
            if (at != std::string::npos) return arrived_part(i, at, dense.size(), request);
        }
        ++balance_.unknown;
        find("a text nobody asked for", 0);
    }

    void end(const std::map<MessageId, EndOfRow>& ends) {
        for (const Expected& text : texts_) {
            const auto end = ends.find(text.id);
            if (end != ends.end() && (end->second.errored || end->second.waits_in_doubt)) {
                const bool doubt =
                    end->second.waits_in_doubt || end->second.metadata.find("in doubt") != std::string::npos;
                ++(doubt ? balance_.in_doubt : balance_.errored);
                find(doubt ? "in doubt for good" : "errored", text.id);
            } else if (!text.whole()) {
                ++balance_.lost;
                find("lost", text.id);
            } else if (end == ends.end() || !end->second.sent || !knows_sids(text, end->second)) {
                ++balance_.misrecorded;
                find("accepted, but the row does not say so", text.id);
            }
        }
    }

private:
    void arrived_whole(const std::vector<std::size_t>& equals, const TwilioRequest& request) {
        const auto free =
            std::find_if(equals.begin(), equals.end(), [&](std::size_t i) { return texts_[i].untouched(); });
        if (free == equals.end()) return doubled(equals.back());
        cover(*free, texts_[*free].dense.size(), request);
    }

    void arrived_part(std::size_t i, std::size_t at, std::size_t size, const TwilioRequest& request) {
        if (at < texts_[i].covered) return doubled(i);
        if (at > texts_[i].covered) {
            texts_[i].has_gap = true;
            ++balance_.out_of_order;
            find("a part came before an earlier one", texts_[i].id);
        }
        cover(i, at + size, request);
    }

    void cover(std::size_t i, std::size_t up_to, const TwilioRequest& request) {
        texts_[i].covered = up_to;
        texts_[i].sids.push_back(request.sid);
        if (i < furthest_) {
            ++balance_.out_of_order;
            find(fmt::format("came after {}", texts_[furthest_].id), texts_[i].id);
        }
        furthest_ = std::max(furthest_, i);
    }

    void doubled(std::size_t i) {
        ++balance_.doubled;
        find("accepted again", texts_[i].id);
    }

    static bool knows_sids(const Expected& text, const EndOfRow& end) {
        return std::all_of(text.sids.begin(), text.sids.end(), [&](const std::string& sid) {
            return end.metadata.find(sid) != std::string::npos;
        });
    }

    void find(const std::string& what, MessageId id) {
        if (balance_.findings.size() < findings_max) {
            balance_.findings.push_back(fmt::format("message {} to {}: {}", id, to_, what));
        }
    }

    Balance& balance_;
    std::string to_;
    std::vector<Expected> texts_;
    std::map<std::string, std::vector<std::size_t>> by_text_;
    std::size_t furthest_ = 0;
};

}  // namespace

bool Balance::exact() const { return safe() && errored == 0 && in_doubt == 0; }

bool Balance::safe() const { return lost + doubled + out_of_order + unknown + misrecorded == 0; }

std::ostream& operator<<(std::ostream& out, const Balance& balance) {
    out << fmt::format(
        "{} messages: {} accepted, {} lost, {} doubled, {} out of order, {} errored, {} in doubt for good, "
        "{} unknown, {} misrecorded",
        balance.messages, balance.accepted, balance.lost, balance.doubled, balance.out_of_order,
        balance.errored, balance.in_doubt, balance.unknown, balance.misrecorded);
    for (const std::string& finding : balance.findings) out << "\n  " << finding;
    return out;
}

void Manifest::add(MessageId id, const std::string& to, const std::string& text) {
    entries_[id] = {to, text};
}

std::vector<MessageId> Manifest::insert(Site& site, const std::vector<NewRow>& rows) {
    const std::vector<MessageId> ids = site.insert_all(rows);
    for (std::size_t i = 0; i < ids.size(); ++i) add(ids[i], rows[i].destination, rows[i].message);
    return ids;
}

Balance Manifest::balance(const Site& site, const std::vector<TwilioRequest>& accepted) const {
    Balance balance;
    balance.messages = entries_.size();
    balance.accepted = accepted.size();
    std::map<std::string, Comparison> conversations;
    const auto conversation = [&](const std::string& to) -> Comparison& {
        return conversations.try_emplace(to, balance, to).first->second;
    };
    std::map<MessageId, EndOfRow> ends;
    pqxx::connection connection(site.url(owner_role));
    for (const pqxx::row& row : pqxx::nontransaction(connection)
                                    .exec("select id, sent_date is not null, errored, "
                                          "coalesce(transmission_metadata, ''), sent_date is null and exists "
                                          "(select from postrider.messages v where v.id = m.id and v.state "
                                          "= 'in_doubt') from simple_messaging_outgoingmessage m "
                                          "order by send_date, id")) {
        const auto id = row[0].as<MessageId>();
        const auto entry = entries_.find(id);
        if (entry == entries_.end()) continue;  // some other test's affair
        ends[id] = {row[1].as<bool>(), row[2].as<bool>(), row[4].as<bool>(), row[3].c_str()};
        conversation(entry->second.to).expect(id, entry->second.text);
    }
    for (const auto& [id, entry] : entries_) {  // a row that is gone was put in all the same
        if (!ends.contains(id)) conversation(entry.to).expect(id, entry.text);
    }
    for (const TwilioRequest& request : accepted) conversation(request.to).arrived(request);
    for (auto& [to, comparison] : conversations) comparison.end(ends);
    return balance;
}

std::vector<MessageId> Manifest::stuck(const Site& site, const std::vector<MessageId>& ids) const {
    const std::set<MessageId> asked(ids.begin(), ids.end());
    std::set<std::string> held;  // by a message in doubt
    std::vector<MessageId> stuck;
    pqxx::connection connection(site.url(owner_role));
    for (const pqxx::row& row : pqxx::nontransaction(connection)
                                    .exec("select id, state from postrider.messages where sent_date is null "
                                          "order by send_date, id")) {
        const auto id = row[0].as<MessageId>();
        const auto entry = entries_.find(id);
        if (entry == entries_.end()) continue;
        if (row[1].c_str() == std::string("in_doubt")) {
            held.insert(entry->second.to);
        } else if (asked.contains(id) && !held.contains(entry->second.to)) {
            stuck.push_back(id);
        }
    }
    return stuck;
}

std::vector<NewRow> numbered_rows(int messages, int numbers) {
    std::vector<NewRow> rows;
    for (int i = 0; i < messages; ++i) {
        rows.push_back({.destination = fmt::format("+1312556{:04}", i % numbers),
                        .message = fmt::format("c{} n{}.", i % numbers, i / numbers)});
    }
    return rows;
}

}  // namespace postrider::testing
