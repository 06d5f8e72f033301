#pragma once

#include "lib/net/server_certificate.h"

#include <boost/asio/ssl/context.hpp>

#include <utility>

namespace postrider {

/// What a ServerCertificate is: for the files of this folder that know OpenSSL.
class LoadedCertificate final : public ServerCertificate {
public:
    LoadedCertificate(boost::asio::ssl::context context, std::chrono::sys_seconds expires,
                      std::string key_pin)
        : context_(std::move(context)), expires_(expires), key_pin_(std::move(key_pin)) {}

    std::chrono::sys_seconds expires() const override { return expires_; }
    std::string key_pin() const override { return key_pin_; }
    /// Not const because Asio wants it so; nobody changes it.
    boost::asio::ssl::context& context() const { return context_; }

private:
    mutable boost::asio::ssl::context context_;
    std::chrono::sys_seconds expires_;
    std::string key_pin_;
};

}  // namespace postrider
