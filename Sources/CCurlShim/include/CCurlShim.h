// libcurl, loaded when the first request is made: linked, it would cost an idle process 4 MiB and its start 10 ms.
//
// Why there is C at all: curl_easy_setopt takes anything, which Swift cannot call. Everything else is Swift's: what is
// asked for, whether an address may be connected to, what becomes of a redirect.
//
// Thread rule: everything but uc_curl_load and uc_web_wake belongs to the loop's thread.

#ifndef CCURLSHIM_H
#define CCURLSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Loads libcurl, once. NULL when it is there; else why not, in words. From any thread.
const char *uc_curl_load(void);

typedef struct uc_web_loop uc_web_loop;
typedef struct uc_web_transfer uc_web_transfer;

/// How a transfer ended.
#define UC_WEB_OK 0
#define UC_WEB_FORBIDDEN 1  // no address of the host may be connected to
#define UC_WEB_DNS 2
#define UC_WEB_CONNECT 3
#define UC_WEB_TLS 4
#define UC_WEB_TIMEOUT 5
#define UC_WEB_ABORTED 6    // a callback said so
#define UC_WEB_FAILED 7

/// What the loop asks and tells. All are called on its thread.
typedef struct uc_web_callbacks {
  /// Something has woken the loop: commands may wait. Returns false to end the loop.
  bool (*turn)(uc_web_loop *loop, void *loop_context);
  /// Whether a connection may go to these 4 or 16 bytes, just before it is made.
  bool (*may_connect)(void *transfer_context, const uint8_t *address, size_t length);
  /// A line of the head, or bytes of the decompressed body; false ends the transfer.
  bool (*head)(void *transfer_context, const char *bytes, size_t length);
  bool (*body)(void *transfer_context, const uint8_t *bytes, size_t length);
  /// The end. The transfer is gone when this returns. `text` says what was wrong.
  void (*done)(void *transfer_context, int32_t result, int32_t status, const char *text);
} uc_web_callbacks;

/// A loop with a thread of its own, which ends when `turn` says so. NULL: no memory, or no thread.
uc_web_loop *uc_web_start_loop(const uc_web_callbacks *callbacks, void *loop_context);
/// Makes the loop call `turn` soon. From any thread, until `turn` has returned false.
void uc_web_wake(uc_web_loop *loop);

typedef struct uc_web_request {
  const char *method;
  const char *url;
  const char *const *headers;  // "Name: value"
  size_t header_count;
  const uint8_t *body;  // NULL: none; copied
  size_t body_length;
  int64_t timeout_ms;
} uc_web_request;

/// Begins a transfer; NULL: it could not, and nothing is called.
uc_web_transfer *uc_web_begin(uc_web_loop *loop, const uc_web_request *request, void *transfer_context);
/// Ends a transfer; nothing more is called for it.
void uc_web_cancel(uc_web_loop *loop, uc_web_transfer *transfer);

#endif
