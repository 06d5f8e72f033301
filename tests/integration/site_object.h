#pragma once

#include <pqxx/pqxx>

#include <optional>
#include <string>

namespace postrider::testing {

/// A message as a Django process holds it in memory: what it has read, and saves all columns of.
struct SiteObject {
    long long id = 0;
    std::string destination;
    std::string send_date;
    std::optional<std::string> sent_date;
    std::string message;
    bool errored = false;
    std::optional<std::string> transmission_metadata;

    static SiteObject read(pqxx::transaction_base& transaction, long long id) {
        const pqxx::row row = transaction.exec_params(
            "select id, destination, send_date, sent_date, message, errored, transmission_metadata "
            "from simple_messaging_outgoingmessage where id = $1",
            id)[0];
        SiteObject read;
        read.id = row[0].as<long long>();
        read.destination = row[1].c_str();
        read.send_date = row[2].c_str();
        if (!row[3].is_null()) read.sent_date = row[3].c_str();
        read.message = row[4].c_str();
        read.errored = row[5].as<bool>();
        if (!row[6].is_null()) read.transmission_metadata = row[6].c_str();
        return read;
    }

    /// What `save()` does.
    void save(pqxx::transaction_base& transaction) const {
        transaction.exec_params(
            "update simple_messaging_outgoingmessage set destination = $2, reference_id = null, "
            "send_date = $3::timestamptz, sent_date = $4::timestamptz, message = $5, errored = $6, "
            "transmission_metadata = $7 where id = $1",
            id, destination, send_date, text_or_null(sent_date), message, errored,
            text_or_null(transmission_metadata));
    }

private:
    static const char* text_or_null(const std::optional<std::string>& text) {
        return text ? text->c_str() : nullptr;
    }
};

}  // namespace postrider::testing
