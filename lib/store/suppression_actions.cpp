#include "lib/store/suppression_actions.h"

#include "lib/dispatch/suppression_list.h"
#include "lib/text/phone_number.h"
#include "lib/text/utf8.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr std::size_t address_max = 256;  // characters of the site's columns

pqxx::binarystring as_bytes(const Hash& hash) { return {hash.data(), hash.size()}; }

std::optional<Address> opened(Privacy& privacy, const char* stored) {
    auto clear = privacy.open(stored);
    if (!clear.value) return std::nullopt;
    return Address(std::move(*clear.value));
}

}  // namespace

SuppressionActions::SuppressionActions(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                                       std::string phone_region)
    : connection_(open_connection(settings)),
      installation_(inspect_installation(*connection_)),
      privacy_(encryption, installation_.hash_salt),
      phone_region_(std::move(phone_region)) {}

SuppressionActions::~SuppressionActions() = default;

std::vector<SuppressedPerson> SuppressionActions::list() {
    pqxx::nontransaction session(*connection_);
    std::vector<SuppressedPerson> people;
    for (const pqxx::row& row : session.exec("select address, channel, cause, since::text, note from "
                                             "postrider.suppression order by since, channel"))
        people.push_back({opened(privacy_, row[0].c_str()), row[1].c_str(), row[2].c_str(), row[3].c_str(),
                          row[4].c_str()});
    return people;
}

bool SuppressionActions::add(const Address& address, const std::string& channel, const std::string& note) {
    pqxx::work transaction(*connection_);
    const std::string plain = without_spelling(address.reveal(), phone_region_);
    const bool is_new =
        transaction
            .exec_params1(
                "insert into postrider.suppression as s (recipient, channel, address, cause, note) "
                "values ($1, $2, $3, $4, $5) on conflict (recipient, channel) do update "
                "set cause = excluded.cause, note = excluded.note returning s.xmax = 0",
                as_bytes(suppressed_recipient(privacy_, address, phone_region_)), channel,
                privacy_.seal(storable(plain)), std::string(suppression_cause::by_operator),
                storable(note))[0]
            .as<bool>();
    transaction.commit();
    return is_new;
}

std::size_t SuppressionActions::remove(const Address& address, const std::optional<std::string>& channel) {
    pqxx::work transaction(*connection_);
    const auto removed =
        transaction
            .exec_params(
                "delete from postrider.suppression where recipient = $1 and ($2 or channel = $3) "
                "returning channel",
                as_bytes(suppressed_recipient(privacy_, address, phone_region_)), !channel.has_value(),
                channel.value_or(""))
            .size();
    transaction.commit();
    return static_cast<std::size_t>(removed);
}

std::vector<BlockedSender> SuppressionActions::blocked() {
    pqxx::nontransaction session(*connection_);
    std::vector<BlockedSender> senders;
    for (const pqxx::row& row : session.exec(
             "select sender, blocked::text, notes from simple_messaging_blockedsender order by blocked, id"))
        senders.push_back({opened(privacy_, row[0].c_str()), row[1].c_str(), row[2].c_str()});
    return senders;
}

std::vector<long long> SuppressionActions::rows_blocking(const Address& sender) {
    pqxx::nontransaction session(*connection_);
    const std::string wanted = without_spelling(sender.reveal(), phone_region_);
    std::vector<long long> ids;
    for (const pqxx::row& row : session.exec("select id, sender from simple_messaging_blockedsender")) {
        const auto each = opened(privacy_, row[1].c_str());
        if (each && without_spelling(each->reveal(), phone_region_) == wanted)
            ids.push_back(row[0].as<long long>());
    }
    return ids;
}

bool SuppressionActions::block(const Address& sender, const std::string& notes) {
    if (!rows_blocking(sender).empty()) return false;
    pqxx::work transaction(*connection_);
    transaction.exec_params(
        "insert into simple_messaging_blockedsender (sender, blocked, notes) values ($1, now(), $2)",
        privacy_.seal(storable(without_spelling(sender.reveal(), phone_region_)).substr(0, address_max)),
        storable(notes));
    transaction.commit();
    return true;
}

std::size_t SuppressionActions::unblock(const Address& sender) {
    const std::vector<long long> ids = rows_blocking(sender);
    pqxx::work transaction(*connection_);
    for (const long long id : ids)
        transaction.exec_params("delete from simple_messaging_blockedsender where id = $1::bigint", id);
    transaction.commit();
    return ids.size();
}

}  // namespace postrider
