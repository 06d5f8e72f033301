#include "lib/net/server_certificate.h"

#include "lib/net/tls_context.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

namespace postrider {

namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;
// Forward secrecy and authenticated encryption only; those of TLS 1.3 are all so.
constexpr const char* tls_1_2_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

template <auto free_it>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_it(object);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

/// Bytes that nobody finds in memory later.
struct Content {
    std::vector<char> bytes;
    ~Content() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

CertificateFault fault_of(bool of_key, std::string what) { return {of_key, std::move(what)}; }

/// Why it was not read; empty if it was.
std::string read(const std::string& file, Content& content) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return "cannot read " + file + ": " + std::generic_category().message(errno);
    content.bytes.resize(file_bytes_max + 1);  // one allocation, so that a key leaves no copies behind
    std::size_t size = 0;
    ::ssize_t got = 1;
    int error = 0;
    while (got > 0 && size < content.bytes.size()) {
        got = ::read(descriptor, content.bytes.data() + size, content.bytes.size() - size);
        if (got > 0) size += static_cast<std::size_t>(got);
        if (got < 0) error = errno;
    }
    ::close(descriptor);
    if (error != 0) return "cannot read " + file + ": " + std::generic_category().message(error);
    if (size > file_bytes_max) return file + " is larger than 1 MiB";
    OPENSSL_cleanse(content.bytes.data() + size, content.bytes.size() - size);
    content.bytes.resize(size);
    return "";
}

Bio bio_over(const Content& content) {
    return Bio(BIO_new_mem_buf(content.bytes.data(), static_cast<int>(content.bytes.size())));
}

/// OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Certificate first_certificate(const Content& content) {
    return Certificate(PEM_read_bio_X509(bio_over(content).get(), nullptr, no_passphrase, nullptr));
}

Key private_key(const Content& content) {
    return Key(PEM_read_bio_PrivateKey(bio_over(content).get(), nullptr, no_passphrase, nullptr));
}

std::chrono::sys_seconds end_of(const X509& certificate) {
    std::tm utc{};
    ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &utc);
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&utc)));
}

/// RFC 7469's form, which curl takes.
std::string pin_of(X509& certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned hash_size = 0;
    EVP_Digest(der, static_cast<std::size_t>(size), hash.data(), &hash_size, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
    const int text_size = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash_size));
    return "sha256//" + std::string(text.begin(), text.begin() + text_size);
}

/// Clients that offer HTTP/2 too must know that they get HTTP/1.1.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
    static constexpr std::string_view ours = "http/1.1";
    for (unsigned at = 0; at < offered_size; at += 1u + offered[at]) {
        const std::string_view each(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
        if (each != ours) continue;
        *chosen = offered + at + 1;
        *chosen_size = offered[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

void harden(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, tls_1_2_ciphers);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::string why(boost::system::error_code error) { return error.message(); }

}  // namespace

boost::system::result<std::shared_ptr<const ServerCertificate>, CertificateFault> read_server_certificate(
    const CertificateFiles& files) {
    Content certificate_content;
    Content key_content;
    if (auto fault = read(files.certificate, certificate_content); !fault.empty())
        return fault_of(false, std::move(fault));
    if (auto fault = read(files.key, key_content); !fault.empty()) return fault_of(true, std::move(fault));
    ERR_clear_error();
    const Certificate certificate = first_certificate(certificate_content);
    if (!certificate) return fault_of(false, files.certificate + " begins with no certificate in PEM");
    const Key key = private_key(key_content);
    if (!key) return fault_of(true, files.key + " holds no private key in PEM, or one with a passphrase");
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        return fault_of(true, files.key + " does not fit the certificate " + files.certificate);
    ssl::context context(ssl::context::tls_server);
    boost::system::error_code error;
    context.use_certificate_chain(boost::asio::buffer(certificate_content.bytes), error);
    if (error) return fault_of(false, files.certificate + " cannot be used: " + why(error));
    if (SSL_CTX_use_PrivateKey(context.native_handle(), key.get()) != 1)
        return fault_of(true, files.key + " cannot be used");
    harden(context.native_handle());
    ERR_clear_error();
    return std::shared_ptr<const ServerCertificate>(
        std::make_shared<LoadedCertificate>(std::move(context), end_of(*certificate), pin_of(*certificate)));
}

}  // namespace postrider
