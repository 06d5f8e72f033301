#include "lib/store/suppression_rows.h"

#include <pqxx/pqxx>

namespace postrider {

void change_suppression(pqxx::transaction_base& transaction, const SuppressionChange& change) {
    const pqxx::binarystring recipient(change.recipient.data(), change.recipient.size());
    if (change.suppressed) {
        // A complaint outlives a START, also of one who has said STOP before.
        transaction.exec_params(
            "insert into postrider.suppression as s (recipient, channel, address, cause) "
            "values ($1, $2, $3, $4) on conflict (recipient, channel) do update set cause = excluded.cause "
            "where excluded.cause = $5 and s.cause in ($6, $7)",
            recipient, change.channel, change.address, change.cause,
            std::string(suppression_cause::complaint), std::string(suppression_cause::stop),
            std::string(suppression_cause::provider));
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
