// Written by `npm run client-types` from the OpenAPI document. Do not edit.

export interface components {
  schemas: {
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      code: "unauthorized" | "scope_missing" | "operator_only" | "rate_limited" | "quota_exceeded" | "idempotency_key_reused" | "request_in_progress" | "invalid_idempotency_key" | "not_found" | "wrong_host" | "method_not_allowed" | "not_ready" | "job_state" | "upload_conflict" | "upload_locked" | "upload_unfinished" | "upload_used" | "upload_expired" | "invalid_upload" | "tus_version" | "checksum_mismatch" | "revision_required" | "revision_conflict" | "gone" | "audio_gone" | "endpoint_disabled" | "endpoint_changed" | "endpoint_limit" | "share_limit" | "secret_limit" | "replay_running" | "empty_body" | "invalid_json" | "invalid_form" | "upload_incomplete" | "invalid_params" | "destination_refused" | "file_too_large" | "unsupported_media_type" | "range_not_satisfiable" | "slack_not_configured" | "slack_signature" | "slack_link" | "slack_other_tenant" | "slack_refused" | "storage_unavailable" | "internal_error" | "not_configured";
      action: string;
      request_id: string;
      errors?: {
        field: string;
        message: string;
      }[];
      /** The limit that was reached; `resets_at` is null where no time frees anything. */
      limit?: {
        name: "minutes_per_month" | "jobs_at_once" | "bytes_stored" | "requests_per_minute";
        max: number;
        used: number;
        resets_at: string | null;
      };
    };
    Job: {
      id: string;
      object: "job";
      status: "queued" | "processing" | "completed" | "failed" | "canceled";
      task: "transcribe" | "translate";
      options: {
        model: string;
        language: string;
        prompt: string | null;
        temperature: number;
        timestamp_granularities: ("segment" | "word")[];
        diarize: boolean;
        min_speakers: number | null;
        max_speakers: number | null;
        priority: "accuracy" | "speed";
        response_format: "verbose_json" | "json" | "text" | "srt" | "vtt" | "md" | "csv" | "docx" | "zip";
        reuse: boolean;
      };
      audio: {
        filename: string | null;
        bytes: number | null;
        content_type: string | null;
        container: string | null;
        codec: string | null;
        /** Seconds. */
        duration: number | null;
        channels: number | null;
        /** Hz. */
        sample_rate: number | null;
        sha256: string | null;
      };
      progress: {
        stage: "importing" | "stored" | "probing" | "cutting" | "transcribing" | "assembling" | "done";
        parts_done: number;
        parts_total: number;
        waiting_for: string | null;
      };
      result: {
        /** null: nobody heard a word. */
        language: string | null;
        duration: number;
        segments: number;
        words: number;
        speakers: string[];
        transcript_sha256: string;
        reused_from: string | null;
        speaker_links: ({
          part: number;
          local: string;
          speaker: string;
          confidence: number;
          weak: boolean;
          by: "overlap" | "reference" | "both" | "none";
        })[];
        flags: components["schemas"]["FlagCounts"];
        /** Who heard it. */
        speech: {
          api: "together" | "openai" | "local" | "stand-in";
          model: string;
        };
        /** What is to be known of the transcript; empty when all is well. */
        warnings: ({
          code: "stand_in" | "speakers_not_available" | "words_not_available";
          message: string;
          action: string;
        })[];
        transcript_url: string;
      } | null;
      error: {
        code: "audio_too_long" | "file_too_large" | "unsupported_format" | "invalid_params" | "processing_failed" | "upstream_unavailable" | "upstream_unauthorized" | "quota_exceeded" | "no_audio_track" | "upload_corrupt" | "source_unreachable" | "slack_permission_missing" | "slack_file_unreachable" | "slack_disconnected" | "public_url_missing" | "internal_error";
        message: string;
        action: string;
        retryable: boolean;
        upstream_id: string | null;
      } | null;
      timings: {
        stored_at: string | null;
        started_at: string | null;
        upstream_ms: number;
        completed_at: string | null;
      };
      /** Names by speaker id. */
      speakers: {
        [key: string]: string;
      };
      /** Of names and corrections; 0: the machine's transcript. */
      revision: number;
      retention: {
        audio_days: number | null;
        transcript_days: number | null;
        audio_until: string | null;
        transcript_until: string | null;
        audio_removed_at: string | null;
        transcript_removed_at: string | null;
      };
      webhook_url: string | null;
      metadata: {
        [key: string]: unknown;
      };
      tags: string[];
      external_id: string | null;
      created_at: string;
    };
    FlagCounts: {
      long_word: number;
      lone_word: number;
      loop: number;
      boilerplate: number;
      too_fast: number;
      too_slow: number;
      speaker_conflict: number;
    };
    DropInError: {
      id: string;
      error: {
        message: string;
        type: "invalid_request_error" | "rate_limit_error" | "server_error";
        param: string | null;
        code: "audio_gone" | "audio_too_long" | "checksum_mismatch" | "destination_refused" | "empty_body" | "endpoint_changed" | "endpoint_disabled" | "endpoint_limit" | "file_too_large" | "gone" | "idempotency_key_reused" | "internal_error" | "invalid_api_key" | "invalid_form" | "invalid_idempotency_key" | "invalid_json" | "invalid_params" | "invalid_upload" | "job_canceled" | "job_state" | "method_not_allowed" | "no_audio_track" | "not_configured" | "not_found" | "not_ready" | "operator_only" | "processing_failed" | "public_url_missing" | "quota_exceeded" | "range_not_satisfiable" | "rate_limited" | "replay_running" | "request_in_progress" | "revision_conflict" | "revision_required" | "scope_missing" | "secret_limit" | "share_limit" | "slack_disconnected" | "slack_file_unreachable" | "slack_link" | "slack_not_configured" | "slack_other_tenant" | "slack_permission_missing" | "slack_refused" | "slack_signature" | "source_unreachable" | "still_working" | "storage_unavailable" | "tus_version" | "unsupported_format" | "unsupported_media_type" | "upload_conflict" | "upload_corrupt" | "upload_expired" | "upload_incomplete" | "upload_locked" | "upload_unfinished" | "upload_used" | "upstream_unauthorized" | "upstream_unavailable" | "wrong_host";
      };
    };
    Transcript: {
      language: string;
      duration: number;
      text: string;
      segments: {
        id: number;
        start: number;
        end: number;
        text: string;
        [key: string]: unknown;
      }[];
      [key: string]: unknown;
    };
    DirectUpload: components["schemas"]["Upload"] & {
      /** Of every part but the last. */
      part_bytes: number;
      parts: {
        n: number;
        bytes: number;
        /** PUT its bytes here. */
        url: string;
      }[];
    };
    Upload: {
      id: string;
      object: "upload";
      /** `stored`: whole, and waits for POST /v1/jobs; `used`: it became a job. */
      status: "receiving" | "stored" | "used";
      /** Of the whole; null until told. */
      bytes: number | null;
      /** Bytes that are safe. */
      offset: number;
      filename: string | null;
      content_type: string;
      sha256: string | null;
      job_id: string | null;
      created_at: string;
      expires_at: string;
    };
    Edits: {
      job_id: string;
      revision: number;
      speakers: {
        [key: string]: string;
      };
      edits: ({
        from: number | string;
        to: number | string;
        text?: string;
        speaker?: string;
      })[];
      revisions: {
        revision: number;
        edits: number;
        created_at: string;
      }[];
    };
    Flags: {
      job_id: string;
      counts: components["schemas"]["FlagCounts"];
      data: ({
        kind: "long_word" | "lone_word" | "loop" | "boilerplate" | "too_fast" | "too_slow" | "speaker_conflict";
        segment_id: number | string | null;
        start: number;
        end: number;
        words: {
          from: number | string;
          to: number | string;
        } | null;
        text: string;
      })[];
    };
    Hit: {
      job_id: string;
      filename: string | null;
      /** Seconds: when the first word of the match is said. */
      start: number;
      end: number;
      speaker: string | null;
      speaker_name: string | null;
      snippet: string;
      /** Where in the snippet the matches are: UTF-16 offsets, the end excluded. */
      matches: number[][];
    };
    FedEvent: {
      id: string;
      type: "job.queued" | "job.started" | "job.completed" | "job.failed" | "job.canceled" | "transcript.updated" | "job.deleted" | "endpoint.disabled" | "webhook.test";
      job_id: string | null;
      created_at: string;
      /** Standard Webhooks, signed when this page was read. */
      headers: {
        "webhook-id": string;
        "webhook-timestamp": string;
        "webhook-signature": string;
      };
      /** The exact bytes that are signed: JSON, not to be parsed and printed again. */
      body: string;
    };
    Share: {
      id: string;
      created_at: string | null;
      expires_at: string | null;
      last_used_at: string | null;
    };
    Endpoint: {
      id: string;
      object: "endpoint";
      url: string;
      description: string;
      /** null: all, also `job.queued` and `job.started`, which no job's `webhook_url` gets. */
      events: ("job.queued" | "job.started" | "job.completed" | "job.failed" | "job.canceled" | "transcript.updated" | "job.deleted" | "endpoint.disabled")[] | null;
      enabled: boolean;
      /** Webhooks a second at most; 10 unless set. */
      rate_limit: number;
      /** Add v1a signatures, which the public key verifies. */
      ed25519: boolean;
      disabled_at: string | null;
      disabled_reason: "by_you" | "gone" | "failing" | null;
      /** The first failure since the last success. */
      failing_since: string | null;
      created_at: string;
    };
    Delivery: {
      id: string;
      event_id: string;
      type: string;
      job_id: string | null;
      /** null: the job's `webhook_url`. */
      endpoint_id: string | null;
      url: string;
      status: "pending" | "delivered" | "failed" | "discarded";
      tries: number;
      next_attempt_at: string | null;
      created_at: string;
      finished_at: string | null;
      attempts?: ({
        n: number;
        url: string;
        started_at: string;
        duration_ms: number;
        http_status: number | null;
        error: string | null;
        /** When it failed; only `during` counts against the endpoint. */
        stage: "before" | "during" | null;
        response: string;
      })[];
    };
    Replay: {
      id: string;
      object: "replay";
      endpoint_id: string;
      status: "running" | "completed" | "limit_reached";
      since: string;
      until: string;
      only: "delivered" | "failed" | "discarded" | null;
      /** Events looked at. */
      scanned: number;
      /** Events that are sent again. */
      replayed: number;
      created_at: string;
      finished_at: string | null;
    };
    Key: {
      id: string;
      tenant_id: string;
      name: string;
      scopes: ("jobs:write" | "jobs:read" | "webhooks" | "keys" | "usage")[];
      created_at: string;
      expires_at: string | null;
      /** Within a minute. */
      last_used_at: string | null;
      revoked_at: string | null;
    };
    Tenant: {
      id: string;
      name: string;
      /** null: no limit. */
      limits: {
        minutes_per_month: number | null;
        jobs_at_once: number | null;
        requests_per_minute: number | null;
        bytes_stored: number | null;
      };
      created_at: string;
    };
    RetentionDefaults: {
      /** Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default. */
      retain_audio_days?: number | null;
      /** Days after the job's end until its transcript is removed. Null: the tenant's default. */
      retain_transcript_days?: number | null;
    };
    Usage: {
      /** UTC. */
      day: string;
      /** null: from before keys were noted. */
      key_id: string | null;
      /** Created. */
      jobs: number;
      /** Of jobs that were sent upstream, each once. */
      audio_seconds: number;
      /** Calls that were, or may have been, billed. */
      upstream_calls: number;
      /** Audio in these calls. */
      upstream_seconds: number;
      /** At the operator's UPSTREAM_PRICE_PER_HOUR; null: not set. */
      upstream_cost: number | null;
    };
    Stats: {
      since: string;
      /** Finished since then, the last 1000 at most. */
      jobs: number;
      /** Whether these are all that finished since then. */
      is_complete: boolean;
      completed: number;
      failed: number;
      canceled: number;
      by_length: ({
        length: "up to 1 min" | "up to 10 min" | "up to 1 h" | "up to 4 h" | "longer";
        /** Completed. */
        jobs: number;
        /** From the recording's last byte to the first claim. */
        queue_wait_ms: {
          p50: number;
          p95: number;
        } | null;
        /** In calls to the speech API, all parts together. */
        upstream_ms: {
          p50: number;
          p95: number;
        } | null;
        /** From the first claim to the end, less the speech API; of jobs of one part. */
        overhead_ms: {
          p50: number;
          p95: number;
        } | null;
        /** From the recording's last byte to the end. */
        total_ms: {
          p50: number;
          p95: number;
        } | null;
      })[];
      failures: {
        code: string;
        jobs: number;
      }[];
      /** Webhook secrets and Slack tokens that are sealed with an older key of SIGNING_KEY, 1000 at most; 0: none needs that key any more. */
      secrets_to_reseal: number;
      /** Those of a key that SIGNING_KEY does not hold. Put it back behind the current one. */
      secrets_unreadable: number;
    };
    SlackInstallLink: {
      /** An admin of the workspace opens it. It is a secret, and works once. */
      url: string;
      expires_at: string;
    };
    SlackInstall: {
      team: string;
      object: "slack_install";
      team_name: string;
      /** As granted. */
      scopes: string[];
      /** Without which something will not work. */
      missing_scopes: string[];
      /** Made the link; the workspace's jobs count as its jobs. */
      key_id: string;
      /** A user of the workspace. */
      installed_by: string | null;
      installed_at: string;
    };
  };
}

export interface paths {
  "/healthz": {
    /** Up, with its database; which speech API it has, and whether that keeps jobs waiting */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              status: "ok";
              speech: {
                /** `stand-in`: a trial, which hears no real words. */
                api: "together" | "openai" | "local" | "stand-in";
                /** Why jobs wait for the speech API. */
                waiting_for: string | null;
              };
            };
          };
        };
      };
    };
  };
  "/media/{token}/{name}": {
    /** What a signed link gives away without a key; ranges of a recording are honoured */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          token: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content?: never;
        };
        206: {
          content?: never;
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        416: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs": {
    /** Create a job */
    post: {
      parameters: {
        query?: {
          model?: string;
          language?: string;
          prompt?: string | null;
          temperature?: number;
          timestamp_granularities?: ("segment" | "word")[];
          /** Default true; false with task=translate. */
          diarize?: boolean;
          min_speakers?: number | null;
          max_speakers?: number | null;
          /** With speakers: `accuracy` makes one call as long as it may be, for one set of speakers; `speed` cuts a long recording into parts that are transcribed side by side. */
          priority?: "accuracy" | "speed";
          response_format?: "verbose_json" | "json" | "text" | "srt" | "vtt" | "md" | "csv" | "docx" | "zip";
          task?: "transcribe" | "translate";
          /** Gets the event of the job's end, and `transcript.updated`; `job.queued` and `job.started` go to endpoints only. */
          webhook_url?: string | null;
          /** Yours, returned as it came; ≤ 16 KB of JSON. */
          metadata?: {
            [key: string]: unknown;
          };
          external_id?: string | null;
          tags?: string[];
          reuse?: boolean;
          /** Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default. */
          retain_audio_days?: number | null;
          /** Days after the job's end until its transcript is removed. Null: the tenant's default. */
          retain_transcript_days?: number | null;
          /** Of the recording. */
          filename?: string;
        };
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "multipart/form-data": {
            model?: string;
            language?: string;
            prompt?: string | null;
            temperature?: number;
            timestamp_granularities?: ("segment" | "word")[];
            /** Default true; false with task=translate. */
            diarize?: boolean;
            min_speakers?: number | null;
            max_speakers?: number | null;
            /** With speakers: `accuracy` makes one call as long as it may be, for one set of speakers; `speed` cuts a long recording into parts that are transcribed side by side. */
            priority?: "accuracy" | "speed";
            response_format?: "verbose_json" | "json" | "text" | "srt" | "vtt" | "md" | "csv" | "docx" | "zip";
            task?: "transcribe" | "translate";
            /** Gets the event of the job's end, and `transcript.updated`; `job.queued` and `job.started` go to endpoints only. */
            webhook_url?: string | null;
            /** Yours, returned as it came; ≤ 16 KB of JSON. */
            metadata?: {
              [key: string]: unknown;
            };
            external_id?: string | null;
            tags?: string[];
            reuse?: boolean;
            /** Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default. */
            retain_audio_days?: number | null;
            /** Days after the job's end until its transcript is removed. Null: the tenant's default. */
            retain_transcript_days?: number | null;
            file: Blob | string;
            /** Of the recording. */
            filename?: string;
            /** Headers for the server of the `file` URL, such as Authorization; at most 20. Kept encrypted until the file is here, shown nowhere, sent to no other server. */
            file_headers?: {
              [key: string]: string;
            };
          };
          "application/json": {
            model?: string;
            language?: string;
            prompt?: string | null;
            temperature?: number;
            timestamp_granularities?: ("segment" | "word")[];
            /** Default true; false with task=translate. */
            diarize?: boolean;
            min_speakers?: number | null;
            max_speakers?: number | null;
            /** With speakers: `accuracy` makes one call as long as it may be, for one set of speakers; `speed` cuts a long recording into parts that are transcribed side by side. */
            priority?: "accuracy" | "speed";
            response_format?: "verbose_json" | "json" | "text" | "srt" | "vtt" | "md" | "csv" | "docx" | "zip";
            task?: "transcribe" | "translate";
            /** Gets the event of the job's end, and `transcript.updated`; `job.queued` and `job.started` go to endpoints only. */
            webhook_url?: string | null;
            /** Yours, returned as it came; ≤ 16 KB of JSON. */
            metadata?: {
              [key: string]: unknown;
            };
            external_id?: string | null;
            tags?: string[];
            reuse?: boolean;
            /** Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default. */
            retain_audio_days?: number | null;
            /** Days after the job's end until its transcript is removed. Null: the tenant's default. */
            retain_transcript_days?: number | null;
            file?: string;
            /** `upl_…`, in place of `file`. */
            upload?: string;
            /** Of the recording. */
            filename?: string;
            /** Headers for the server of the `file` URL, such as Authorization; at most 20. Kept encrypted until the file is here, shown nowhere, sent to no other server. */
            file_headers?: {
              [key: string]: string;
            };
          };
          "application/octet-stream": Blob | string;
          "audio/*": Blob | string;
          "video/*": Blob | string;
        };
      };
      responses: {
        202: {
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        413: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        415: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** List jobs, newest first */
    get: {
      parameters: {
        query?: {
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
          status?: "queued" | "processing" | "completed" | "failed" | "canceled";
          external_id?: string;
          tag?: string;
          created_after?: string;
          created_before?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Job"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/audio/transcriptions": {
    /** Transcribe and wait: for the SDKs of OpenAI and Together */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "multipart/form-data": {
            model?: string;
            language?: string;
            prompt?: string | null;
            temperature?: number;
            timestamp_granularities?: ("segment" | "word")[];
            /** Default true; false with task=translate. */
            diarize?: boolean;
            min_speakers?: number | null;
            max_speakers?: number | null;
            /** With speakers: `accuracy` makes one call as long as it may be, for one set of speakers; `speed` cuts a long recording into parts that are transcribed side by side. */
            priority?: "accuracy" | "speed";
            response_format?: "json" | "text" | "srt" | "vtt" | "verbose_json" | "diarized_json";
            /** Gets the event of the job's end, and `transcript.updated`; `job.queued` and `job.started` go to endpoints only. */
            webhook_url?: string | null;
            /** Yours, returned as it came; ≤ 16 KB of JSON. */
            metadata?: {
              [key: string]: unknown;
            };
            external_id?: string | null;
            tags?: string[];
            reuse?: boolean;
            /** Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default. */
            retain_audio_days?: number | null;
            /** Days after the job's end until its transcript is removed. Null: the tenant's default. */
            retain_transcript_days?: number | null;
            /** Or a URL. */
            file: Blob | string;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              text: string;
              [key: string]: unknown;
            };
            "text/plain": string;
            "application/x-subrip": string;
            "text/vtt": string;
          };
        };
        400: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        401: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        403: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        404: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        409: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        410: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        413: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        415: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        429: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        500: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        503: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        504: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
      };
    };
  };
  "/v1/audio/translations": {
    /** Translate into English and wait: for the same SDKs */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "multipart/form-data": {
            model?: string;
            language?: string;
            prompt?: string | null;
            temperature?: number;
            timestamp_granularities?: ("segment" | "word")[];
            /** Default true; false with task=translate. */
            diarize?: boolean;
            min_speakers?: number | null;
            max_speakers?: number | null;
            /** With speakers: `accuracy` makes one call as long as it may be, for one set of speakers; `speed` cuts a long recording into parts that are transcribed side by side. */
            priority?: "accuracy" | "speed";
            response_format?: "json" | "text" | "srt" | "vtt" | "verbose_json" | "diarized_json";
            /** Gets the event of the job's end, and `transcript.updated`; `job.queued` and `job.started` go to endpoints only. */
            webhook_url?: string | null;
            /** Yours, returned as it came; ≤ 16 KB of JSON. */
            metadata?: {
              [key: string]: unknown;
            };
            external_id?: string | null;
            tags?: string[];
            reuse?: boolean;
            /** Days after the job's end until its recording is removed; 0: at once. Null: the tenant's default. */
            retain_audio_days?: number | null;
            /** Days after the job's end until its transcript is removed. Null: the tenant's default. */
            retain_transcript_days?: number | null;
            /** Or a URL. */
            file: Blob | string;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              text: string;
              [key: string]: unknown;
            };
            "text/plain": string;
            "application/x-subrip": string;
            "text/vtt": string;
          };
        };
        400: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        401: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        403: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        404: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        409: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        410: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        413: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        415: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        429: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        500: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        503: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
        504: {
          content: {
            "application/json": components["schemas"]["DropInError"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}": {
    /** Read a job, or wait for its end */
    get: {
      parameters: {
        query?: {
          /** Seconds to wait for the end, at most 60. */
          wait?: number | null;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Delete a job with its recording and transcript */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Change a job's metadata, tags, external id, or the names of its speakers */
    patch: {
      parameters: {
        query?: never;
        header?: {
          /** Of `speakers`: the revision they are changed from. */
          "if-match"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            /** Key by key; null takes a key out. */
            metadata?: {
              [key: string]: unknown;
            };
            /** All of them. */
            tags?: string[];
            external_id?: string | null;
            /** Names by speaker id, one by one; null takes a name away. Two ids of one name are one speaker. */
            speakers?: {
              [key: string]: string | null;
            };
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/cancel": {
    /** Cancel a job that has not finished */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/retry": {
    /** Run a failed or canceled job again; what was paid for is used */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: {
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/transcribe-again": {
    /** Have the same recording transcribed once more, as a new job */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/json": {
            model?: string;
            language?: string;
            prompt?: string | null;
            temperature?: number;
            timestamp_granularities?: ("segment" | "word")[];
            /** Default true; false with task=translate. */
            diarize?: boolean;
            min_speakers?: number | null;
            max_speakers?: number | null;
            priority?: "accuracy" | "speed";
            response_format?: "verbose_json" | "json" | "text" | "srt" | "vtt" | "md" | "csv" | "docx" | "zip";
            task?: "transcribe" | "translate";
            webhook_url?: string | null;
            /** Yours, returned as it came; ≤ 16 KB of JSON. */
            metadata?: {
              [key: string]: unknown;
            };
            external_id?: string | null;
            tags?: string[];
            retain_audio_days?: number | null;
            retain_transcript_days?: number | null;
          };
        };
      };
      responses: {
        202: {
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/transcript": {
    /** Read the transcript in a format of choice */
    get: {
      parameters: {
        query?: {
          format?: "verbose_json" | "json" | "text" | "srt" | "vtt" | "md" | "csv" | "docx" | "zip";
          /** As it was heard, or with the names and corrections that people gave it. */
          layer?: "machine" | "edited";
          /** Say when each turn begins: text (default false), md and docx (default true), zip */
          times?: boolean;
          /** Characters of a line; a wide one counts twice (srt, vtt, zip) */
          max_chars_per_line?: number;
          /** Lines of a cue (srt, vtt, zip) */
          max_lines?: number;
          /** No cue is longer (srt, vtt, zip) */
          max_cue_seconds?: number;
          /** No cue is shorter where the next one leaves room (srt, vtt, zip) */
          min_cue_seconds?: number | null;
          /** A longer silence ends a cue (srt, vtt, zip) */
          max_pause_seconds?: number;
          /** Where a subtitle names the speaker; vtt: its voice tag, in all cues or in none */
          speaker_labels?: "changes" | "always" | "never";
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Transcript"];
            "text/plain": string;
            "application/x-subrip": string;
            "text/vtt": string;
            "text/markdown": string;
            "text/csv": string;
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Blob | string;
            "application/zip": Blob | string;
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/uploads": {
    /** Begin a resumable upload (tus 1.0.0) */
    post: {
      parameters: {
        query?: never;
        header: {
          "tus-resumable": "1.0.0";
          /** Bytes. */
          "upload-length"?: string;
          "upload-defer-length"?: "1";
          /** `key base64` pairs: `filename`, `filetype`, and `diarist`, whose value is the options of a job as JSON (empty: the defaults): then the upload becomes a job with its last byte. */
          "upload-metadata"?: string;
          "upload-checksum"?: string;
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/offset+octet-stream": Blob | string;
          "application/json": {
            direct: true;
            bytes: number;
            filename?: string;
            content_type?: string;
            /** A job's options: then it becomes one when it is complete. */
            job?: {
              [key: string]: unknown;
            };
          };
        };
      };
      responses: {
        201: {
          content: {
            "application/json": components["schemas"]["DirectUpload"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        413: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        415: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        423: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        503: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/uploads/{id}": {
    /** Read an upload */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Upload"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Append bytes to an upload */
    patch: {
      parameters: {
        query?: never;
        header: {
          "tus-resumable": "1.0.0";
          /** Bytes. */
          "upload-offset": string;
          /** `sha1`, `sha256` or `md5`, and base64. */
          "upload-checksum"?: string;
          /** Bytes. */
          "upload-length"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/offset+octet-stream": Blob | string;
        };
      };
      responses: {
        204: {
          content?: never;
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        413: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        415: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        423: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        460: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Give an upload up, and remove its bytes */
    delete: {
      parameters: {
        query?: never;
        header: {
          "tus-resumable": "1.0.0";
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** PATCH or DELETE from where only POST is possible */
    post: {
      parameters: {
        query?: never;
        header: {
          "tus-resumable": "1.0.0";
          "x-http-method-override": "PATCH" | "DELETE";
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/offset+octet-stream": Blob | string;
        };
      };
      responses: {
        204: {
          content?: never;
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        413: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        415: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        423: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        460: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/uploads/{id}/complete": {
    /** Put the parts of a direct upload together */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            parts: {
              n: number;
              etag: string;
            }[];
            /** Of the whole, hex: refused if it is not that of the bytes. Above 5000000000 bytes nothing is compared. */
            sha256?: string;
          };
        };
      };
      responses: {
        204: {
          content?: never;
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        423: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/edits": {
    /** The corrections and names of a transcript, and what can be gone back to */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Edits"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Replace all corrections; the machine's transcript stays as it is */
    put: {
      parameters: {
        query?: never;
        header?: {
          /** The ETag that GET of this path answered; required. */
          "if-match"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            edits: ({
              from: number | string;
              to?: number | string;
              text?: string;
              speaker?: string;
            })[];
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Edits"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        428: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/edits/revert": {
    /** Go back to the names and corrections of an earlier revision; 0 is the machine's transcript */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The ETag that GET of this path answered; required. */
          "if-match"?: string;
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            revision: number;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Edits"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        412: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        428: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/flags": {
    /** The places of a transcript that deserve a second look, in order of time */
    get: {
      parameters: {
        query?: {
          /** As it was heard, or with the names and corrections that people gave it. */
          layer?: "machine" | "edited";
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Flags"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/search": {
    /** Find what was said in all transcripts, newest job first */
    get: {
      parameters: {
        query: {
          /** All words must be there; `"in a row"`, `begin*`. Nothing else has a meaning. */
          q: string;
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
          /** A speaker's id or name. */
          speaker?: string;
          job_id?: string;
          /** Seconds into the recording. */
          from?: number | null;
          /** Seconds into the recording. */
          to?: number | null;
          created_after?: string;
          created_before?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Hit"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/audio": {
    /** The recording; ranges are honoured */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content?: never;
        };
        206: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        416: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/audio/link": {
    /** A link to the recording that needs no key for an hour: for players, which send none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              /** A path of this server, or a URL where MEDIA_BASE_URL is set; ranges are honoured. */
              url: string;
              expires_at: string;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        410: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/events": {
    /** Follow a job: server-sent events, one for each change, then its end */
    get: {
      parameters: {
        query?: never;
        header?: {
          /** Sent by EventSource when it comes back: the state it names is not told again. */
          "last-event-id"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "text/event-stream": string;
          };
        };
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/events": {
    /** Read the tenant's events, oldest first, or wait for the next: webhooks to fetch */
    get: {
      parameters: {
        query?: {
          /** The `next` of the page before. */
          after?: string;
          /** Start with the newest few instead; 0: only what is yet to come. */
          last?: number | null;
          limit?: number;
          /** Separated by commas, of job.queued, job.started, job.completed, job.failed, job.canceled, transcript.updated, job.deleted, endpoint.disabled, webhook.test. */
          types?: string;
          /** Seconds to wait when there is nothing, at most 60. */
          wait?: number | null;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["FedEvent"][];
              /** The cursor to go on from, now or later. */
              next: string;
              /** Whether there is more to read at once. */
              more: boolean;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/jobs/{id}/share": {
    /** Make a link with which anybody can read this job, and nothing else */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/json": {
            /** Seconds; a week unless given. No longer than the key that makes it. */
            expires_in?: number;
          };
        };
      };
      responses: {
        201: {
          content: {
            "application/json": components["schemas"]["Share"] & {
              url: string;
            };
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** The links that open this job now, newest first; not the links themselves */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Share"][];
              next: null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** End all links to this job at once */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/secret": {
    /** The secret that signs what goes to a job's webhook_url */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              secret: string;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/secret/rotate": {
    /** Change that secret; the old one signs too for a while */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/json": {
            /** For how many seconds the old secret signs too. */
            keep_old_for?: number;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              secret: string;
              old_expires_at: string;
            };
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/endpoints": {
    /** Create an endpoint; its secret is shown this once */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            url: string;
            description?: string;
            /** null: all, also `job.queued` and `job.started`, which no job's `webhook_url` gets. */
            events?: ("job.queued" | "job.started" | "job.completed" | "job.failed" | "job.canceled" | "transcript.updated" | "job.deleted" | "endpoint.disabled")[] | null;
            enabled?: boolean;
            /** Webhooks a second at most; 10 unless set. */
            rate_limit?: number;
            /** Add v1a signatures, which the public key verifies. */
            ed25519?: boolean;
          };
        };
      };
      responses: {
        201: {
          content: {
            "application/json": components["schemas"]["Endpoint"] & ({
              secret: string;
              public_key: string | null;
            });
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** List all endpoints, oldest first */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Endpoint"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/endpoints/{id}": {
    /** One endpoint, with its public keys and when they expire */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Endpoint"] & ({
              secrets: ({
                /** `whpk_…`, of the v1a signatures. */
                public_key: string | null;
                created_at: string;
                /** null: the current one. */
                expires_at: string | null;
              })[];
            });
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Change an endpoint; enabling it again says what it has missed */
    patch: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            url?: string;
            description?: string;
            /** null: all, also `job.queued` and `job.started`, which no job's `webhook_url` gets. */
            events?: ("job.queued" | "job.started" | "job.completed" | "job.failed" | "job.canceled" | "transcript.updated" | "job.deleted" | "endpoint.disabled")[] | null;
            enabled?: boolean;
            /** Webhooks a second at most; 10 unless set. */
            rate_limit?: number;
            /** Add v1a signatures, which the public key verifies. */
            ed25519?: boolean;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Endpoint"] & {
              missed?: {
                events: number;
                since: string;
                replay: {
                  method: "POST";
                  path: string;
                  body: {
                    since: string;
                    until: string;
                  };
                };
              };
            };
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Delete an endpoint; what waits for it is discarded, what was sent stays on record */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/endpoints/{id}/rotate-secret": {
    /** Change the endpoint's secret and keys; the old ones sign too for a while */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/json": {
            /** For how many seconds the old secret signs too. */
            keep_old_for?: number;
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": {
              secret: string;
              public_key: string | null;
              old_expires_at: string;
            };
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/endpoints/{id}/test": {
    /** Send a signed webhook.test, once; the delivery tells what came of it */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: {
          content: {
            "application/json": components["schemas"]["Delivery"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/endpoints/{id}/replay": {
    /** Send again, in the background, what the endpoint has not got */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          "application/json": {
            /** 14 days ago unless given. */
            since?: string;
            /** Exclusive; now unless given. */
            until?: string;
            status?: "delivered" | "failed" | "discarded";
          };
        };
      };
      responses: {
        202: {
          content: {
            "application/json": components["schemas"]["Replay"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** How far the endpoint's last replay has come */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Replay"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/deliveries": {
    /** List deliveries, newest first */
    get: {
      parameters: {
        query?: {
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
          job_id?: string;
          endpoint_id?: string;
          status?: "pending" | "delivered" | "failed" | "discarded";
          type?: "job.queued" | "job.started" | "job.completed" | "job.failed" | "job.canceled" | "transcript.updated" | "job.deleted" | "endpoint.disabled" | "webhook.test" | "slack.notice" | "slack.changed" | "slack.cleared";
          created_after?: string;
          created_before?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Delivery"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/deliveries/{id}": {
    /** One delivery with every attempt */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Delivery"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/webhooks/deliveries/{id}/redeliver": {
    /** Send it again at once, under the same webhook-id */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: {
          content: {
            "application/json": components["schemas"]["Delivery"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/keys": {
    /** Create an API key; it is shown this once */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            name: string;
            /** With the operator's key only, and needed there; a tenant's key is for its own. */
            tenant?: string;
            /** Default: all that the creating key has. None that it has not. */
            scopes?: ("jobs:write" | "jobs:read" | "webhooks" | "keys" | "usage")[];
            /** Default: never, or when the creating key does; not later. */
            expires_at?: string | null;
          };
        };
      };
      responses: {
        201: {
          content: {
            "application/json": components["schemas"]["Key"] & {
              key: string;
            };
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** List keys, newest first */
    get: {
      parameters: {
        query?: {
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
          /** With the operator's key only, and needed there; a tenant's key is for its own. */
          tenant?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Key"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/keys/{id}": {
    /** Revoke a key at once */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/tenants": {
    /** Create a tenant */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            name: string;
            limits?: {
              minutes_per_month?: number | null;
              jobs_at_once?: number | null;
              requests_per_minute?: number | null;
              bytes_stored?: number | null;
            };
          };
        };
      };
      responses: {
        201: {
          content: {
            "application/json": components["schemas"]["Tenant"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** List tenants, newest first */
    get: {
      parameters: {
        query?: {
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Tenant"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/tenants/{id}": {
    /** Read a tenant, and where it stands with its limits */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Tenant"] & ({
              quotas: ({
                name: "minutes_per_month" | "jobs_at_once" | "bytes_stored";
                max: number;
                used: number;
                resets_at: string | null;
              })[];
            });
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Change a tenant's name or limits */
    patch: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            name?: string;
            limits?: {
              minutes_per_month?: number | null;
              jobs_at_once?: number | null;
              requests_per_minute?: number | null;
              bytes_stored?: number | null;
            };
          };
        };
      };
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Tenant"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/tenants/{id}/retention": {
    /** How long a tenant's jobs are kept when they do not say */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["RetentionDefaults"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
    /** Set how long a tenant's jobs are kept when they do not say; for jobs from now on */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["RetentionDefaults"];
        };
      };
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["RetentionDefaults"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/usage": {
    /** What was used, by day and key, newest day first */
    get: {
      parameters: {
        query?: {
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
          /** Default: the first of this month, UTC. */
          from?: string;
          /** Inclusive. Default: today. */
          to?: string;
          key_id?: string;
          /** With the operator's key. */
          tenant?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["Usage"][];
              next: string | null;
              quotas: ({
                name: "minutes_per_month" | "jobs_at_once" | "bytes_stored";
                max: number;
                used: number;
                resets_at: string | null;
              })[];
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/stats": {
    /** How the deployment does: waiting, speech API, overhead by length; failures by code */
    get: {
      parameters: {
        query?: {
          /** Default: 24 hours ago. */
          since?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": components["schemas"]["Stats"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/slack/install-links": {
    /** Make a link with which an admin connects a Slack workspace to this tenant; it works once, for a day */
    post: {
      parameters: {
        query?: never;
        header?: {
          /** The same request with the same key is run once and answered alike, for 24 hours. */
          "Idempotency-Key"?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        201: {
          content: {
            "application/json": components["schemas"]["SlackInstallLink"];
          };
        };
        400: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        409: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        503: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/slack/installs": {
    /** List the Slack workspaces that are connected, by their ids */
    get: {
      parameters: {
        query?: {
          limit?: number;
          /** The `next` of the page before. */
          after?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          content: {
            "application/json": {
              data: components["schemas"]["SlackInstall"][];
              next: string | null;
            };
          };
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        422: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
  "/v1/slack/installs/{team}": {
    /** Disconnect a Slack workspace: its token is forgotten, its jobs stay */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          team: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          content?: never;
        };
        401: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        403: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        404: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
        429: {
          content: {
            "application/problem+json": components["schemas"]["Problem"];
          };
        };
      };
    };
  };
}
