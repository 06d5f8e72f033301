#include "tests/bench/lags.h"

#include <pqxx/pqxx>

#include <chrono>
#include <unordered_map>

namespace postrider::bench {

std::vector<double> lags_from_send_date(const std::string& url,
                                        const std::vector<testing::TwilioRequest>& accepted) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    std::unordered_map<std::string, double> send_dates;  // in milliseconds
    pqxx::connection connection(url);
    for (const pqxx::row& row : pqxx::nontransaction(connection)
                                    .exec("select destination, extract(epoch from send_date)::float8 from "
                                          "simple_messaging_outgoingmessage")) {
        send_dates[row[0].c_str()] = row[1].as<double>() * 1000;
    }
    std::vector<double> lags;
    lags.reserve(accepted.size());
    for (const testing::TwilioRequest& request : accepted) {
        lags.push_back(Milliseconds(request.arrived.time_since_epoch()).count() - send_dates.at(request.to));
    }
    return lags;
}

}  // namespace postrider::bench
