#include "lib/store/suppression_rows.h"

#include <pqxx/pqxx>

namespace postrider {

void change_suppression(pqxx::transaction_base& transaction, const SuppressionChange& change) {
    const pqxx::binarystring recipient(change.recipient.data(), change.recipient.size());
    if (change.suppressed) {
        transaction.exec_params(
            "insert into postrider.suppression (recipient, channel, address, cause) values ($1, $2, $3, $4) "
            "on conflict do nothing",
            recipient, change.channel, change.address, change.cause);
        return;
    }
    // Who writes START to one channel of those that he left as one wants this one, at least.
    transaction.exec_params(
        "delete from postrider.suppression where recipient = $1 and ($2::text = '' or channel in ($2, '')) "
        "and cause in ($3, $4)",
        recipient, change.channel, std::string(suppression_cause::stop),
        std::string(suppression_cause::provider));
}

}  // namespace postrider
